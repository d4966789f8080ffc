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

/** A zip file with one member; `method` is 0 for stored, 8 for deflated. */
function zip(name: string, text: string, method = 8): void {
  execFileSync("python3", ["-c", script, join(chain.origin.build, name), text, String(method)]);
}

/** Text in which a compressor leaves no hash whole. */
const hidden = `${hash.slice(16)} ${hash.slice(0, 16)} /nix/store/${hash}-x\n`.repeat(3);

const notRelocatable = (to: string) =>
  findNotRelocatable(chain.layers.map((layer) => ({ ...layer, replacements: [to] })));

it("keeps a layer from being relocated whose zip file holds a hash in packed data", async () => {
  zip("some.whl", hidden);
  const { index } = await chain.save();
  expect(index.relocations).toEqual([]);
  expect(index.classes).toEqual([
    { path: "build/some.whl", verdict: "not-relocatable", kind: "in an archive" },
  ]);
  expect(notRelocatable(other)).toBe(
    "build/some.whl holds the path of an output in packed data (an archive), which can't be relocated",
  );
  expect(notRelocatable(hash)).toBeNull();
});

it("marks as not relocatable: a stored member, too: it has a checksum", async () => {
  zip("some.jar", `/nix/store/${hash}-x`, 0);
  expect((await chain.save()).index.classes).toEqual([
    { path: "build/some.jar", verdict: "not-relocatable", kind: "zip" },
  ]);
});

it("marks as not relocatable: nothing that holds no hash, or only has an archive's name", async () => {
  zip("innocent.zip", "text");
  execFileSync("bash", ["-c", "echo PK > broken.zip; mkdir directory.zip; ln -s broken.zip link.zip"], {
    cwd: chain.origin.build,
  });
  expect((await chain.save()).index.classes).toEqual([]);
  expect(notRelocatable(other)).toBeNull();
});

it("marks as not relocatable: files of the layer alone, not those that an earlier one has", async () => {
  zip("some.whl", hidden);
  await chain.save();
  execFileSync("bash", ["-c", "echo more > file"], { cwd: chain.origin.build });
  expect((await chain.save()).index.classes).toEqual([]);
  expect(notRelocatable(other)).toMatch(/^build\/some.whl /);
});
