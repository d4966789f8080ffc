import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeIndex, encodeIndex } from "../../runtime/layer/index/codec.ts";
import { readEntry } from "../../runtime/layer/read.ts";
import { restoreLayers } from "../../runtime/layer/restore.ts";
import { compressFrame, decompressFrame } from "../../runtime/util/encoding/zstd.ts";
import { PhaseCacheError } from "../../runtime/util/error.ts";
import { makeRig, tar } from "../tree/rig.ts";
import { bash, leftIn, makeChain } from "./rig.ts";

let chain: ReturnType<typeof makeChain>;
let target: ReturnType<typeof makeRig>;
beforeEach(() => {
  chain = makeChain(["0123456789abcdfghijklmnpqrsvwxyz"]);
  target = makeRig();
});
afterEach(() => {
  chain.remove();
  target.remove();
});

async function expectDamage() {
  await expect(restoreLayers(chain.layers, target.roots, tar)).rejects.toMatchObject({ code: "damaged" });
  expect(leftIn(target)).toEqual([]);
}

describe("a blob", () => {
  it("is damaged when any byte differs", async () => {
    bash(chain.origin.build, "mkdir d; head -c 3000 /dev/urandom > d/f; ln -s f d/l; echo 2 > g");
    const { path } = await chain.save();
    const good = readFileSync(path);
    for (let at = 0; at < good.length; at += 37) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      writeFileSync(path, bad);
      await expectDamage();
    }
    writeFileSync(path, good);
    await restoreLayers(chain.layers, target.roots, tar);
    expect(leftIn(target).sort()).toEqual(["d", "g"]);
  });

  it("is damaged when a frame that is not needed differs", async () => {
    bash(chain.origin.build, "head -c 9000000 /dev/urandom > old; echo 1 > other");
    const { path, size } = await chain.save();
    bash(chain.origin.build, "rm old");
    await chain.save();
    const bytes = readFileSync(path);
    bytes[Math.floor(size / 2)]! ^= 1;
    writeFileSync(path, bytes);
    await expectDamage();
  });

  it("is damaged when a byte of a large layer differs", async () => {
    bash(chain.origin.build, "for i in 1 2 3 4 5; do head -c 4000000 /dev/urandom > $i; done");
    const { path, size } = await chain.save();
    for (const at of [10, Math.floor(size / 3), size - 10]) {
      const bytes = readFileSync(path);
      bytes[at]! ^= 1;
      writeFileSync(path, bytes);
      await expectDamage();
      bytes[at]! ^= 1;
      writeFileSync(path, bytes);
    }
  });

  it("is damaged when it is truncated, empty, or replaced", async () => {
    bash(chain.origin.build, "head -c 3000 /dev/urandom > f");
    const { path } = await chain.save();
    const other = Buffer.alloc(statSync(path).size, 1);
    for (const size of [statSync(path).size - 1, 100, 0]) {
      truncateSync(path, size);
      await expectDamage();
    }
    writeFileSync(path, other);
    await expectDamage();
  });

  it("is damaged when a single file is read whose frame is damaged", async () => {
    bash(chain.origin.build, "for i in 1 2 3; do head -c 4194304 /dev/urandom > f$i; done");
    const { path } = await chain.save();
    const bytes = readFileSync(path);
    bytes[100_000]! ^= 1;
    writeFileSync(path, bytes);
    const read = ({ path: name }: { path: string }) =>
      Buffer.concat([...readEntry(chain.layers, name)]).length;
    const [first, , last] = chain.layers[0]!.index.entries.toSorted((a, b) => a.start - b.start);
    expect(() => read(first!)).toThrow(PhaseCacheError);
    expect(read(last!)).toBe(4194304);
  });
});

describe("an index", () => {
  /** Returns an index with values in every column. */
  async function example() {
    bash(
      chain.origin.build,
      `mkdir d; echo 0123456789abcdfghijklmnpqrsvwxyz > d/f; ln -s f d/l; ln d/f d/h; mkfifo p; touch -d @-5.5 d; touch d/x; echo 12 > p2`,
    );
    await chain.save();
    bash(
      chain.origin.build,
      "rm d/x; chmod 0400 p2; touch -d @1.25 p2; echo 0123456789abcdfghijklmnpqrsvwxyz >> d/f",
    );
    return (await chain.save()).index;
  }

  it("is encoded and decoded without loss", async () => {
    const index = await example();
    expect(decodeIndex(encodeIndex(index))).toEqual(index);
    expect(index.removed).toEqual(["build/d/x"]);
    expect(index.relocations.length).toBe(2);
    expect(index.metadata).toEqual([{ path: "build/p2", mode: 0o400, size: 3, mtime: "1250000000" }]);
  });

  it("is refused by its format: one that is older, newer, or does not have metadata", async () => {
    const plain = decompressFrame(encodeIndex(await example()), 1 << 20);
    const inFormat = (format: number) => {
      plain[4] = format;
      return () => decodeIndex(compressFrame(plain, 1));
    };
    expect(inFormat(2)).toThrow("an older version of phasecache saved it");
    expect(inFormat(3)).toThrow("an entry type is unknown");
    expect(inFormat(4)).not.toThrow();
    expect(inFormat(5)).toThrow("a newer version of phasecache saved it");
  });

  it("may be empty", () => {
    const index = { frames: [], entries: [], metadata: [], removed: [], relocations: [], classes: [] };
    expect(decodeIndex(encodeIndex(index))).toEqual(index);
  });

  it("is damaged when any byte differs (but one unused bit), or when truncated", async () => {
    const index = await example();
    const good = encodeIndex(index);
    let harmless = 0;
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      try {
        // zstd's header has an unused bit.
        expect(decodeIndex(bad)).toEqual(index);
        harmless++;
      } catch (error) {
        expect(error).toMatchObject({ code: "damaged" });
      }
      expect(() => decodeIndex(good.subarray(0, at)), `end ${at}`).toThrow(PhaseCacheError);
    }
    expect(harmless).toBeLessThanOrEqual(1);
  });

  it("stays small for many files", async () => {
    bash(
      chain.origin.build,
      "for d in {1..20}; do mkdir d$d; for i in {1..100}; do : > d$d/file$i.c; done; done",
    );
    const { index } = await chain.save();
    expect(encodeIndex(index).length).toBeLessThan(index.entries.length * 16);
  });
});

it("does not close the caller's file descriptors", async () => {
  bash(chain.origin.build, "echo 1 > f");
  const { path } = await chain.save();
  const fd = openSync(path, "r");
  await restoreLayers([{ ...chain.layers[0]!, fd }], target.roots, tar);
  closeSync(fd);
});
