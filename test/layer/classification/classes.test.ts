import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FileClass } from "../../../runtime/layer/index/file-class.ts";
import { doubtsOf, findNotRelocatable } from "../../../runtime/snapshot/layers.ts";
import { bash, makeChain } from "../rig.ts";

/** Counts the files of each verdict and kind, by `verdict kind`. */
function countClasses(classes: Iterable<FileClass>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { verdict, kind } of classes) {
    const name = `${verdict} ${kind}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const hash = "vx7k2p9qcnz4r1sdh8wy5lb3a6fgjimc";
const other = "1dx7k2p9qcnz4rsh8wy5lb3a6fgjimcv";
const path = `/nix/store/${hash}-x`;

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain([hash]);
});
afterEach(() => chain.remove());

const write = (name: string, contents: string | Uint8Array) =>
  writeFileSync(join(chain.origin.build, name), contents);
const moved = (to = other) => chain.layers.map((layer) => ({ ...layer, replacements: [to] }));
const sha256 = (contents: string) => createHash("sha256").update(contents).digest("hex");

it("classifies the files that name an output, and no others", async () => {
  write("text", path);
  write("big", `${"x".repeat(9 << 20)}${path}`);
  write(
    "object",
    Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01", "latin1"), Buffer.alloc(99), Buffer.from(path)]),
  );
  write("strange", `\0${path}`);
  write("plain", "nothing");
  write("png", `\x89PNG\r\n\x1a\n`);
  bash(chain.origin.build, `printf '%s' ${path} > holes; truncate -s 1M holes; echo ${path} >> holes`);
  const { index } = await chain.save();
  expect(Object.fromEntries(countClasses(index.classes))).toEqual({
    "patched text": 2,
    "patched ELF": 1,
    "unknown binary": 2,
  });
  expect(findNotRelocatable(moved())).toBeNull();
  expect(doubtsOf(moved())).toEqual([
    expect.stringMatching(/unknown format.*: build\/holes, build\/strange$/),
  ]);
  expect(doubtsOf(moved(hash))).toEqual([]);
});

it("lists the first few of many files of unknown format", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) write(name, `\0${path}`);
  await chain.save();
  expect(doubtsOf(moved())).toEqual([expect.stringMatching(/: build\/a, build\/b, build\/c and 2 more$/)]);
});

it("considers only files in the final tree: removed and replaced files do not prevent relocation", async () => {
  write("a.gz", gzipSync(path.repeat(3)));
  mkdirSync(join(chain.origin.build, "d"));
  write("d/b.gz", gzipSync(path.repeat(3)));
  await chain.save();
  expect(findNotRelocatable(moved())).toMatch(/^build\/a.gz contains/);
  write("a.gz", gzipSync("else"));
  await chain.save();
  expect(findNotRelocatable(moved())).toMatch(/^build\/d\/b.gz contains/);
  rmSync(join(chain.origin.build, "d"), { recursive: true });
  await chain.save();
  expect(findNotRelocatable(moved())).toBeNull();
});

it("marks digests of patched files as not relocatable, before and after the file and in names", async () => {
  const contents = `to ${path}\n`;
  write("0-before", `${"-".repeat(5 << 20)} ${sha256(contents)}  m\n`);
  write("m", contents);
  write(`named-${sha256(contents)}`, "x");
  write("z-after", sha256(contents));
  const { index } = await chain.save();
  const notRelocatable = index.classes
    .filter(({ verdict }) => verdict === "not-relocatable")
    .map((one) => one.path)
    .sort();
  expect(notRelocatable).toEqual(["build/0-before", `build/named-${sha256(contents)}`, "build/z-after"]);
});

it("marks a digest of an earlier layer's file as not relocatable", async () => {
  write("m", path);
  await chain.save();
  write("sums", sha256(path));
  expect((await chain.save()).index.classes).toEqual([
    { path: "build/sums", verdict: "not-relocatable", kind: "digest" },
  ]);
});

it("unpacks files within a budget, and reports files of the phase that it could not unpack", async () => {
  write("made.7z", Buffer.from("7z\xbc\xaf\x27\x1c and more", "latin1"));
  write("bomb.gz", gzipSync(Buffer.alloc(200 << 20)));
  const { index } = await chain.save();
  expect(index.classes.map(({ verdict }) => verdict)).toEqual(["unsearched", "unsearched"]);
  expect(doubtsOf(moved())).toEqual([
    expect.stringMatching(/cannot be searched.*bomb\.gz, build\/made\.7z$/),
  ]);
});

it("classifies many small files", async () => {
  bash(chain.origin.build, `for i in {1..3000}; do echo ${path} > $i; done`);
  expect((await chain.save()).index.classes).toHaveLength(3000);
});
