import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findStaleReferences } from "../../runtime/layer/stale-references.ts";

const pattern = "0123456789abcdfghijklmnpqrsvwxyz";
/** Both halves come before the whole hash, so that a compressor does not store the hash literally. */
const text = `${pattern.slice(16)} ${pattern.slice(0, 16)} prefix=/nix/store/${pattern}-x\n`.repeat(3);
const xz = "/usr/bin/xz";
const tools = { xz, bzip2: "/usr/bin/bzip2" };
const noTools = { xz: null, bzip2: null };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "phasecache-stale-references-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const find = (patterns = [pattern]) =>
  findStaleReferences([root], patterns, tools).map(({ file, member }) => [
    file.slice(root.length + 1),
    member,
  ]);
const write = (name: string, contents: string | Uint8Array) => writeFileSync(join(root, name), contents);
const compressed = (program: string, ...args: string[]) => execFileSync(program, args, { input: text });

describe("finds a hash", () => {
  it("in a file, in a subdirectory, and in a symlink's target", () => {
    write("plain", text);
    mkdirSync(join(root, "below"));
    write("below/binary", Buffer.concat([Buffer.from([0, 255]), Buffer.from(text)]));
    symlinkSync(`/nix/store/${pattern}-x/bin`, join(root, "link"));
    write("innocent", "nothing");
    expect(find()).toEqual([
      ["below/binary", undefined],
      ["link", undefined],
      ["plain", undefined],
    ]);
  });

  it("across the boundary of two pieces of a large file", () => {
    const border = 4 << 20;
    for (const before of [1, 16, 31]) write(`at-${before}`, `${" ".repeat(border - before)}${pattern}`);
    expect(find().map(([name]) => name)).toEqual(["at-1", "at-16", "at-31"]);
  });

  it("when the output is a single file", () => {
    write("file", text);
    expect(findStaleReferences([join(root, "file")], [pattern], noTools)).toHaveLength(1);
  });

  it.each([
    ["gzip", () => gzipSync(text)],
    ["xz", () => compressed(xz, "-c")],
    ["zstd", () => compressed("/usr/bin/zstd", "-c")],
    ["bzip2", () => compressed("/usr/bin/bzip2", "-c")],
    ["lzma", () => compressed(xz, "--format=lzma", "-c")],
    ["lz4", () => compressed("/usr/bin/lz4", "-c")],
    ["zlib", () => deflateSync(text)],
  ])("in %s data", (member, make) => {
    const contents = make();
    expect(contents.includes(pattern)).toBe(false);
    write("data", contents);
    expect(find()).toEqual([["data", member]]);
  });

  it("in a member of a zip file", () => {
    write("inner.txt", text);
    const script =
      "import zipfile,sys; z=zipfile.ZipFile(sys.argv[2],'w',zipfile.ZIP_DEFLATED); z.writestr('a','x'); z.write(sys.argv[1],'dir/inner.txt')";
    execFileSync("/usr/bin/env", [
      "python3",
      "-c",
      script,
      join(root, "inner.txt"),
      join(root, "archive.zip"),
    ]);
    rmSync(join(root, "inner.txt"));
    expect(find()).toEqual([["archive.zip", "dir/inner.txt"]]);
  });
});

describe("does not fail", () => {
  it("on a file that only looks like an archive, or is truncated", () => {
    write("gzip", Buffer.from([0x1f, 0x8b, 1, 2, 3]));
    write("zip", "PK\x03\x04 and no more");
    write("zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 9, 9, 9]));
    write("xz", compressed(xz, "-c").subarray(0, 20));
    expect(find()).toEqual([]);
  });

  it("on an unreadable file or a missing root", () => {
    write("closed", text);
    chmodSync(join(root, "closed"), 0);
    expect(findStaleReferences([join(root, "missing")], [pattern], tools)).toEqual([]);
    expect(find().length).toBe(process.getuid!() === 0 ? 1 : 0);
  });

  it("without xz: its files are searched without unpacking", () => {
    write("data.xz", compressed(xz, "-c"));
    expect(findStaleReferences([root], [pattern], noTools)).toEqual([]);
  });
});
