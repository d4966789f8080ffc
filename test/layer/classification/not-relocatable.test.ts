import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findNotRelocatable } from "../../../runtime/snapshot/layers.ts";
import { makeChain } from "../rig.ts";

const hash = "0123456789abcdfghijklmnpqrsvwxyz";
const other = "zyxwvsrqpnmlkjihgfdcba9876543210";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain([hash]);
});
afterEach(() => chain.remove());

const script =
  "import sys,zipfile; zipfile.ZipFile(sys.argv[1],'w',int(sys.argv[3])).writestr('a/b',sys.argv[2])";

/** Makes a zip file with one member; `method` is 0 for stored, 8 for deflated. */
function zip(name: string, text: string, method = 8): void {
  execFileSync("python3", ["-c", script, join(chain.origin.build, name), text, String(method)]);
}

/** A text whose hashes a compressor does not store literally. */
const hidden = `${hash.slice(16)} ${hash.slice(0, 16)} /nix/store/${hash}-x\n`.repeat(3);

const notRelocatable = (to: string) =>
  findNotRelocatable(chain.layers.map((layer) => ({ ...layer, replacements: [to] })));

it("refuses to relocate a layer with a hash in a compressed member of a zip file", async () => {
  zip("some.whl", hidden);
  const { index } = await chain.save();
  expect(index.relocations).toEqual([]);
  expect(index.classes).toEqual([
    { path: "build/some.whl", verdict: "not-relocatable", kind: "in an archive" },
  ]);
  expect(notRelocatable(other)).toBe(
    "build/some.whl contains an output path in packed data (an archive) and can't be relocated",
  );
  expect(notRelocatable(hash)).toBeNull();
});

it("marks a stored member as not relocatable, since it has a checksum", async () => {
  zip("some.jar", `/nix/store/${hash}-x`, 0);
  expect((await chain.save()).index.classes).toEqual([
    { path: "build/some.jar", verdict: "not-relocatable", kind: "zip" },
  ]);
});

it("does not mark archives without a hash, or files that only have an archive's name", async () => {
  zip("innocent.zip", "text");
  execFileSync("bash", ["-c", "echo PK > broken.zip; mkdir directory.zip; ln -s broken.zip link.zip"], {
    cwd: chain.origin.build,
  });
  expect((await chain.save()).index.classes).toEqual([]);
  expect(notRelocatable(other)).toBeNull();
});

it("marks files of the layer itself only, not those of an earlier one", async () => {
  zip("some.whl", hidden);
  await chain.save();
  execFileSync("bash", ["-c", "echo more > file"], { cwd: chain.origin.build });
  expect((await chain.save()).index.classes).toEqual([]);
  expect(notRelocatable(other)).toMatch(/^build\/some.whl /);
});
