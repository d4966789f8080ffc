import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FrameCompressor } from "../../../runtime/layer/frames/compressor.ts";
import { newSlot, openPool } from "../../../runtime/layer/frames/pool.ts";
import { frameSize } from "../../../runtime/layer/index/layer-index.ts";
import { compressFrame, decompressAll, decompressFrame } from "../../../runtime/util/encoding/zstd.ts";

const text = Buffer.from("phasecache ".repeat(10_000));

describe("a frame", () => {
  it("decompresses to the same bytes, also with the zstd program", () => {
    const packed = compressFrame(text, 1);
    expect(decompressFrame(packed, text.length).equals(text)).toBe(true);
    expect(execFileSync("zstd", ["-dc"], { input: packed }).equals(text)).toBe(true);
  });

  it("is refused when its stated size exceeds the limit", () => {
    expect(() => decompressFrame(compressFrame(text, 1), text.length - 1)).toThrow("its size is 110000");
  });

  it.each([
    ["empty", Buffer.alloc(0)],
    ["not zstd", Buffer.from("something else")],
    ["without a size", execFileSync("zstd", ["-c"], { input: text })],
    ["followed by other data", Buffer.concat([compressFrame(text, 1), Buffer.from("more")])],
  ])("is damaged: %s", (_, packed) => {
    expect(() => decompressFrame(packed, 1 << 20)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
});

describe("any zstd data", () => {
  const streamed = execFileSync("zstd", ["-c"], { input: text });

  it("is decompressed: without a size, in several frames, and empty", () => {
    expect(decompressAll(streamed, text.length).equals(text)).toBe(true);
    expect(decompressAll(Buffer.concat([streamed, compressFrame(text, 3)]), 1 << 20).length).toBe(
      2 * text.length,
    );
    expect(decompressAll(compressFrame(Buffer.alloc(0), 1), 0).length).toBe(0);
  });

  it("is damaged when it is larger than the limit, truncated, or not zstd", () => {
    for (const [packed, limit] of [
      [streamed, 100_000],
      [streamed.subarray(0, -1), 1 << 20],
      [text, 1 << 20],
    ] as const) {
      expect(() => decompressAll(packed, limit)).toThrow(expect.objectContaining({ code: "damaged" }));
    }
  });
});

describe("a frame compressor", () => {
  it("makes successive frames of any length, with their sizes", () => {
    const compressor = new FrameCompressor(1);
    // Up to 512 KiB, zstd does not start a thread.
    for (const length of [512, 1 << 19, (1 << 19) + 512, frameSize - 512, frameSize, 1024]) {
      for (const plain of [randomBytes(length), Buffer.alloc(length, "text ")]) {
        const copy = Buffer.from(plain);
        compressor.start(copy);
        copy.fill(0);
        expect(decompressFrame(compressor.finish(), frameSize).equals(plain)).toBe(true);
      }
    }
  });
});

describe.each([
  ["without threads", 0],
  ["with threads", 1 << 30],
])("a pool %s", (_, expected) => {
  const slotWith = (plain: Buffer) => {
    const packed = compressFrame(plain, 1);
    const slot = newSlot();
    slot.packed.set(packed);
    return { slot, length: packed.length };
  };

  it("decompresses several frames at once", async () => {
    const pool = openPool(expected);
    const plain = Array.from({ length: 8 }, (_, i) => randomBytes(100 + i));
    const frames = plain.map(slotWith);
    await Promise.all(frames.map(({ slot, length }, i) => pool.decompress(slot, length, plain[i]!.length)));
    expect(
      frames.map(({ slot }, i) => plain[i]!.equals(slot.plain.subarray(0, plain[i]!.length))),
    ).not.toContain(false);
    pool.close();
  });

  it("rejects frames that it can't decompress, and continues", async () => {
    const pool = openPool(expected);
    const { slot, length } = slotWith(text);
    await expect(pool.decompress(newSlot(), 100, 100)).rejects.toThrow();
    await expect(pool.decompress(slot, length, text.length - 1)).rejects.toThrow("110000");
    await pool.decompress(slot, length, text.length);
    pool.close();
  });
});
