import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newSlot, openPool } from "../../runtime/archive/pool.ts";
import { compressFrame, decompressAll, decompressFrame } from "../../runtime/archive/zstd.ts";

const text = Buffer.from("phasecache ".repeat(10_000));

describe("a frame", () => {
  it("comes back, and the zstd program can read it", () => {
    const packed = compressFrame(text, 1);
    expect(decompressFrame(packed, text.length).equals(text)).toBe(true);
    expect(execFileSync("zstd", ["-dc"], { input: packed }).equals(text)).toBe(true);
  });

  it("is refused when it says that it holds more than the limit", () => {
    expect(() => decompressFrame(compressFrame(text, 1), text.length - 1)).toThrow("its size is 110000");
  });

  it.each([
    ["empty", Buffer.alloc(0)],
    ["not zstd", Buffer.from("something else")],
    ["without a size", execFileSync("zstd", ["-c"], { input: text })],
    ["followed by something", Buffer.concat([compressFrame(text, 1), Buffer.from("more")])],
  ])("is damaged: %s", (_, packed) => {
    expect(() => decompressFrame(packed, 1 << 20)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
});

describe("any zstd data", () => {
  const streamed = execFileSync("zstd", ["-c"], { input: text });

  it("comes back: without a size, in several frames, and empty", () => {
    expect(decompressAll(streamed, text.length).equals(text)).toBe(true);
    expect(decompressAll(Buffer.concat([streamed, compressFrame(text, 3)]), 1 << 20).length).toBe(
      2 * text.length,
    );
    expect(decompressAll(compressFrame(Buffer.alloc(0), 1), 0).length).toBe(0);
  });

  it("is damaged when it is larger than the limit, cut, or something else", () => {
    for (const [packed, limit] of [
      [streamed, 100_000],
      [streamed.subarray(0, -1), 1 << 20],
      [text, 1 << 20],
    ] as const) {
      expect(() => decompressAll(packed, limit)).toThrow(expect.objectContaining({ code: "damaged" }));
    }
  });
});

describe.each([
  ["without threads", 0],
  ["with threads", 1 << 30],
])("a pool %s", (_, expected) => {
  it("compresses, searches and decompresses several frames at once", async () => {
    const pool = openPool({ level: 1, needles: [Buffer.from("needle")], expected });
    const plain = Array.from({ length: 8 }, (_, i) =>
      Buffer.concat([randomBytes(100 + i), Buffer.from("needle")]),
    );
    const slots = plain.map((bytes) => {
      const slot = newSlot();
      slot.plain.set(bytes);
      return slot;
    });
    const packed = await Promise.all(slots.map((slot, i) => pool.pack(slot, plain[i]!.length)));
    expect(packed.map(({ hits }) => hits)).toEqual(plain.map((_, i) => [100 + i, 0]));
    for (const slot of slots) slot.plain.fill(0);
    await Promise.all(slots.map((slot, i) => pool.unpack(slot, packed[i]!.length, plain[i]!.length)));
    expect(
      slots.map(({ plain: bytes }, i) => plain[i]!.equals(bytes.subarray(0, plain[i]!.length))),
    ).not.toContain(false);
    pool.close();
  });

  it("rejects what it can't decompress, and goes on", async () => {
    const pool = openPool({ level: 1, needles: [], expected });
    const [bad, good] = [newSlot(), newSlot()];
    good.plain.set(text);
    const { length } = await pool.pack(good, text.length);
    await expect(pool.unpack(bad, 100, 100)).rejects.toThrow();
    await expect(pool.unpack(good, length, text.length - 1)).rejects.toThrow("110000");
    await pool.unpack(good, length, text.length);
    pool.close();
  });
});
