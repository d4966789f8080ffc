import { closeSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LayerEntry } from "../../runtime/layer/index/layer-index.ts";
import { restoreLayers, type SourceLayer } from "../../runtime/layer/restore.ts";
import { bash, makeRig, tar } from "../tree/rig.ts";
import { type Crafted, craftLayer } from "./craft.ts";

let rig: ReturnType<typeof makeRig>;
beforeEach(() => {
  rig = makeRig();
});
afterEach(() => rig.remove());

const everything = () => bash(rig.directory, "find . ! -name crafted -printf '%p %y %m %i %l %T@\\n' | sort");

/** Expects the restore to be refused, and all files in the rig's directory to be unchanged. */
async function expectRefusal(layers: SourceLayer[], message: string | RegExp, code = "refused") {
  const before = everything();
  const rejection = expect(restoreLayers(layers, rig.roots, tar)).rejects;
  await rejection.toMatchObject({ code, message: expect.stringMatching(message) });
  // Staging directories change the mtime of the directory that they were in.
  const untimed = (listing: string) => listing.replace(/ [\d.]+$/gm, "");
  expect(untimed(everything())).toBe(untimed(before));
  for (const { fd } of layers) closeSync(fd);
}

const ok = (name: string, more: Partial<Crafted> = {}): Crafted => ({ name, contents: "harmless", ...more });
const directory = (name: string): Crafted => ({ name, type: "5", mode: 0o755 });

it("restores a harmless crafted layer", async () => {
  const layer = craftLayer(rig.directory, [
    directory("build/d"),
    ok("build/d/f"),
    ok("build/d/l", { type: "2", link: "f", contents: "" }),
  ]);
  await restoreLayers([layer], rig.roots, tar);
  closeSync(layer.fd);
  expect(bash(rig.build, "cat d/l")).toBe("harmless");
});

describe("headers that differ from a harmless index", () => {
  const lie: Partial<LayerEntry> = { path: "build/ok" };
  it.each<[string, Crafted]>([
    ["a name with ..", ok("build/../../evil", { index: lie })],
    ["an absolute name", ok("/evil", { index: lie })],
    ["a name outside the roots", ok("evil", { index: lie })],
    ["a root itself", ok("build", { index: lie })],
    ["a name with an empty component", ok("build//ok", { index: lie })],
    ["a name with a dot", ok("build/./ok", { index: lie })],
    ["the name of another file", ok("build/other", { index: lie })],
    ["a name in an extended header", ok("build/ok", { pax: [["path", "build/../../evil"]] })],
    ["a name in an incomplete sparse header", ok("build/ok", { pax: [["GNU.sparse.name", "../evil"]] })],
    [
      "the name of a sparse file",
      ok("build/ok", {
        pax: [
          ["GNU.sparse.major", "1"],
          ["GNU.sparse.minor", "0"],
          ["GNU.sparse.name", "../evil"],
          ["GNU.sparse.realsize", "8"],
        ],
      }),
    ],
    ["a name with a NUL", ok("build/ok", { pax: [["path", "build/ok\0/../../evil"]] })],
    ["a name prefix", ok("ok", { header: (block) => block.write("../build", 345), index: lie })],
    ["GNU's own format", ok("build/ok", { header: (block) => block.write("ustar  \0", 257, "latin1") })],
    ["no format", ok("build/ok", { header: (block) => block.fill(0, 257, 265) })],
    ["a file name with a trailing slash", ok("build/ok/", { index: lie })],
    [
      "another symlink target",
      ok("build/ok", { type: "2", link: "a", contents: "", index: { target: "b" } }),
    ],
    ["a character device", ok("build/ok", { type: "3", contents: "" })],
    ["a block device", ok("build/ok", { type: "4", contents: "" })],
    ["a contiguous file", ok("build/ok", { type: "7" })],
    ["a global header", ok("build/ok", { type: "g" })],
    ["GNU's long name", ok("build/ok", { type: "L" })],
    ["GNU's long link", ok("build/ok", { type: "K" })],
    ["an old sparse file", ok("build/ok", { type: "S" })],
    ["a multi-volume part", ok("build/ok", { type: "M" })],
    ["a directory", ok("build/ok", { type: "5", contents: "", index: { type: "f" } })],
    ["a directory with contents", ok("build/ok", { type: "5" })],
    ["a symlink with contents", ok("build/ok", { type: "2", link: "x" })],
    ["setuid", ok("build/ok", { mode: 0o4755 })],
    ["setgid", ok("build/ok", { mode: 0o2755 })],
    ["another mode", ok("build/ok", { mode: 0o777, index: { mode: 0o644 } })],
    ["a mode that is not a number", ok("build/ok", { header: (block) => block.write("rwxr-xr", 100) })],
    ["a smaller size", ok("build/ok", { contents: "x".repeat(600), size: 10 })],
    ["a larger size", ok("build/ok", { size: 2000, index: { size: 2000 } })],
    ["a binary size", ok("build/ok", { header: (block) => block.writeUInt32BE(0x80000000, 124) })],
    ["a size in an extended header", ok("build/ok", { pax: [["size", "99999999999"]] })],
    ["a size that is not a number", ok("build/ok", { pax: [["size", "-1"]] })],
    ["a time that is not a number", ok("build/ok", { pax: [["mtime", "1e9"]] })],
    ["an unknown record", ok("build/ok", { pax: [["SCHILY.xattr.security.capability", "x"]] })],
    ["a record with terminal escapes", ok("build/ok", { pax: [["\x1b[2J", "x"]] })],
    ["an owner", ok("build/ok", { pax: [["uid", "0"]] })],
    ["a repeated record", ok("build/ok", { rawPax: "17 path=build/ok\n17 path=build/ok\n" })],
    ["a record with a wrong length", ok("build/ok", { rawPax: "18 path=build/ok\n" })],
    ["a record with a length of 0", ok("build/ok", { rawPax: "0 path=build/ok\n" })],
    ["a record without a newline", ok("build/ok", { rawPax: "17 path=build/ok " })],
    ["a record without a value", ok("build/ok", { rawPax: "17 path_build_ok\n" })],
    ["a sparse file of another version", ok("build/ok", { pax: [["GNU.sparse.major", "0"]] })],
    ["a wrong checksum", ok("build/ok", { broken: (block) => block.write("8", 99) })],
    ["an empty block", ok("build/ok", { broken: (block) => block.fill(0) })],
  ])("are refused: %s", async (_, file) => {
    await expectRefusal([craftLayer(rig.directory, [file])], /^[^\x00-\x1f]+$/);
  });

  it.each<[string, Partial<Crafted>]>([
    ["with an absolute target", { link: "/etc/passwd" }],
    ["with ..", { link: "build/../../x" }],
    ["to another root", { link: "outputs/out" }],
    ["to another file", { link: "build/b" }],
    ["in an extended header", { link: "build/a", pax: [["linkpath", "/etc/passwd"]] }],
  ])("are refused: a hard link %s", async (_, file) => {
    const hard = ok("build/ok", { type: "1", contents: "", index: { target: "build/a" }, ...file });
    await expectRefusal(
      [craftLayer(rig.directory, [ok("build/a"), ok("build/b"), hard])],
      /^build.ok: (?!.*missing file)/,
    );
  });

  it("are refused after a thousand harmless ones", async () => {
    const files = Array.from({ length: 1000 }, (_, i) => ok(`build/${i}`));
    await expectRefusal(
      [craftLayer(rig.directory, [...files, ok("build/../../evil", { index: lie })])],
      "not a path in a root",
    );
  });

  it("are refused when one extended header follows another", async () => {
    const first = { name: "x", type: "x", rawPax: "17 path=build/ok\n", size: 0, contents: "" };
    await expectRefusal(
      [craftLayer(rig.directory, [{ ...first, index: { path: "build/ok", type: "f" } }])],
      "extended header",
    );
  });

  it("are refused when a file's contents are a header, and the index entry begins there", async () => {
    const inner = Buffer.alloc(512);
    const layer = craftLayer(rig.directory, [ok("build/a", { contents: inner.toString("latin1") })]);
    layer.index.entries[0]!.start = 512;
    await expectRefusal([layer], "checksum");
  });
});

describe("invalid trees", () => {
  const link = (name: string, target: string): Crafted => ({ name, type: "2", link: target });

  it("are refused: a file below a symlink of the same layer", async () => {
    await expectRefusal(
      [craftLayer(rig.directory, [link("build/l", "/tmp"), ok("build/l/evil")])],
      "build/l/evil: its parent is not a directory",
    );
  });

  it("are refused: a file below a symlink of another layer", async () => {
    const layers = [craftLayer(rig.directory, [link("build/l", "..")])];
    layers.push(craftLayer(rig.directory, [ok("build/l/evil")]));
    await expectRefusal(layers, "parent is not a directory");
  });

  it("are refused: a file below an output that is a symlink", async () => {
    await expectRefusal(
      [craftLayer(rig.directory, [link("outputs/out", "/tmp"), ok("outputs/out/evil")])],
      "not a directory",
    );
  });

  it("are refused: a file in a missing directory", async () => {
    await expectRefusal([craftLayer(rig.directory, [ok("build/d/f")])], "not a directory");
  });

  it("are refused: a duplicate path in a layer", async () => {
    await expectRefusal(
      [craftLayer(rig.directory, [link("build/l", "/tmp/evil"), ok("build/l")])],
      "has this path twice",
    );
  });

  it("are refused: an output that this build does not have", async () => {
    await expectRefusal([craftLayer(rig.directory, [ok("outputs/dev")])], "no such root");
  });

  it("are refused: a hard link to a later file, to a directory, or to a missing file", async () => {
    const hard = ok("build/h", { type: "1", link: "build/t", contents: "" });
    await expectRefusal([craftLayer(rig.directory, [hard, ok("build/t")])], "hard link to a missing file");
    await expectRefusal([craftLayer(rig.directory, [directory("build/t"), hard])], "missing file");
    await expectRefusal([craftLayer(rig.directory, [hard])], "missing file");
    const other = craftLayer(rig.directory, [ok("build/t")]);
    await expectRefusal([other, craftLayer(rig.directory, [hard])], "missing file");
  });

  it("do not matter: an existing symlink in the build directory is replaced, not followed", async () => {
    writeFileSync(join(rig.directory, "victim"), "untouched");
    symlinkSync("../victim", join(rig.build, "f"));
    symlinkSync("..", join(rig.build, "d"));
    const layer = craftLayer(rig.directory, [ok("build/f"), directory("build/d"), ok("build/d/victim")]);
    await restoreLayers([layer], rig.roots, tar);
    closeSync(layer.fd);
    expect(bash(rig.directory, "cat victim build/f build/d/victim")).toBe("untouchedharmlessharmless");
  });
});

describe("false sizes", () => {
  const bomb = () => craftLayer(rig.directory, [ok("build/f", { contents: "x".repeat(100_000) })]);

  it("are refused when a frame's plain size differs from the index", async () => {
    const layer = bomb();
    layer.index.frames[0]!.plain = 4 << 20;
    await expectRefusal([layer], "a frame", "damaged");
  });

  it("are refused when the blob is shorter or longer than its frames", async () => {
    for (const change of [1, -1]) {
      const layer = bomb();
      layer.index.frames[0]!.packed += change;
      await expectRefusal([layer], "length", "damaged");
    }
  });

  it("are refused when an entry ends after the last frame", async () => {
    const layer = bomb();
    layer.index.entries[0]!.end += 1 << 30;
    await expectRefusal([layer], "header does not match");
  });
});

it("escapes names for terminals", async () => {
  const layer = craftLayer(rig.directory, [ok("build/\x1b[2Jevil/x")]);
  await expectRefusal([layer], /^build\/\\x1b\[2Jevil\/x: /);
});
