import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareOutputs, outputsOf } from "./outputs.ts";

const [hashA, hashB] = ["a".repeat(32), "b".repeat(32)];
let folder: string;
let a: string;
let b: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "phasecache-outputs-"));
  [a, b] = [hashA, hashB].map((hash) => join(folder, `${hash}-x`)) as [string, string];
  for (const path of [a, b]) mkdirSync(join(path, "bin"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, first: string, second: string): void {
  writeFileSync(join(a, name), first, "latin1");
  writeFileSync(join(b, name), second, "latin1");
}

const compare = () => compareOutputs({ out: a }, { out: b });

test("a build's own hashes compare as equal in contents, names and symlinks", () => {
  put("bin/x", `prefix ${hashA}\xff`, `prefix ${hashB}\xff`);
  writeFileSync(join(a, `${hashA}.txt`), "");
  writeFileSync(join(b, `${hashB}.txt`), "");
  symlinkSync(`/nix/store/${hashA}-x/bin/x`, join(a, "link"));
  symlinkSync(`/nix/store/${hashB}-x/bin/x`, join(b, "link"));
  expect(compare()).toEqual([]);
});

test("the hash of another output is a difference, reported with its position", () => {
  put("bin/x", `prefix ${hashA}`, `prefix ${hashA}`);
  expect(compare()).toEqual([expect.stringContaining("out/bin/x: contents differ from byte 7 on: ")]);
});

test("files of different length differ", () => {
  put("x", "same", "same and more");
  expect(compare()).toEqual([expect.stringContaining("out/x: contents differ from byte 4 on: ")]);
});

test.each([
  {
    what: "mode",
    make: () => chmodSync(join(b, "bin"), 0o700),
    line: "out/bin: directory 755 and directory 700",
  },
  { what: "file", make: () => writeFileSync(join(a, "y"), ""), line: "out/y: only in the first" },
  { what: "directory", make: () => mkdirSync(join(b, "y")), line: "out/y: only in the second" },
])("a $what that differs is reported in one line", ({ make, line }) => {
  for (const path of [a, b]) chmodSync(join(path, "bin"), 0o755);
  make();
  expect(compare()).toEqual([line]);
});

test("a symlink differs from a file with its target's contents", () => {
  put("x", "x", "x");
  writeFileSync(join(a, "y"), "x");
  symlinkSync("x", join(b, "y"));
  expect(compare()).toEqual(["out/y: file 644 and symlink x"]);
});

test("the hash of one output does not compare as equal to that of another", () => {
  const [dev, otherDev] = ["c", "d"].map((char) => join(folder, `${char.repeat(32)}-x-dev`)) as [
    string,
    string,
  ];
  mkdirSync(dev);
  mkdirSync(otherDev);
  put("x", "c".repeat(32), hashB);
  const differences = compareOutputs({ out: a, dev }, { out: b, dev: otherDev });
  expect(differences).toEqual([expect.stringContaining("out/x: contents differ from byte 1 on: ")]);
});

test("reads the outputs from a derivation's file", () => {
  const text = `Derive([("dev","/nix/store/${hashA}-x-dev","",""),("out","/nix/store/${hashB}-x","r:sha256","00")],[("/nix/store/y.drv",["out"])],[],"x","/bin/bash",[],[("out","z")])`;
  expect(outputsOf(text)).toEqual({ dev: `/nix/store/${hashA}-x-dev`, out: `/nix/store/${hashB}-x` });
});
