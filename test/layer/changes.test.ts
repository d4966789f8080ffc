import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FrameWriter } from "../../runtime/layer/frames/writer.ts";
import { flattenLayers } from "../../runtime/layer/index/flatten.ts";
import { restoreLayers } from "../../runtime/layer/restore.ts";
import { saveLayer } from "../../runtime/layer/save.ts";
import { copyContents } from "../../runtime/layer/saving/contents.ts";
import { detailsOf } from "../../runtime/tree/entry.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import { makeRig } from "../tree/rig.ts";
import { bash, describeRoots, find, leftIn, makeChain, sha256Of } from "./rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
afterEach(() => chain.remove());

/** Runs the scripts, saves a layer after each, restores all layers elsewhere, and compares everything. */
async function phases(...scripts: string[]) {
  for (const script of scripts) {
    bash(chain.origin.build, script);
    await chain.save();
  }
  const target = await chain.restore();
  expect(describeRoots(target.roots)).toEqual(describeRoots(chain.origin.roots));
  return target;
}

/** Returns the paths that a layer contains and those that it removes. */
const pathsIn = (layer: number) => ({
  paths: chain.layers[layer]!.index.entries.map(({ path }) => path).sort(),
  removed: chain.layers[layer]!.index.removed.toSorted(),
});

describe("a second layer restores", () => {
  it("a changed file, the only one that it stores", async () => {
    await phases("mkdir d; echo 1 > d/a; echo 1 > d/b", "echo 2 > d/a");
    expect(pathsIn(1)).toEqual({ paths: ["build/d/a"], removed: [] });
  });

  it("a file that becomes a directory", () =>
    phases("echo 1 > a; echo 1 > b", "rm a; mkdir a; echo 2 > a/f"));

  it("a directory that becomes a file", async () => {
    await phases("mkdir -p a/b; echo 1 > a/b/f", "rm -r a; echo 2 > a");
    expect(pathsIn(1)).toEqual({ paths: ["build/a"], removed: [] });
  });

  it("a directory that becomes a symlink to another one", () =>
    phases("mkdir a b; echo 1 > a/f; echo 1 > b/f", "rm -r a; ln -s b a"));

  it("a symlink that becomes a directory", () => phases("mkdir b; ln -s b a", "rm a; mkdir a; echo 1 > a/f"));

  it("removed files and directories", async () => {
    await phases("mkdir -p a/b c; echo 1 > a/b/f; echo 1 > c/f", "rm -r a/b; rm c/f");
    expect(pathsIn(1)).toEqual({ paths: ["build/a", "build/c"], removed: ["build/a/b", "build/c/f"] });
  });

  it("a directory that is removed and created again with fewer files", () =>
    phases("mkdir a; echo 1 > a/f; echo 1 > a/g", "rm -r a", "mkdir a; echo 2 > a/f", "echo 3 > a/h"));

  it("a renamed directory with its contents", () => phases("mkdir a; echo 1 > a/f", "mv a b", "mv b a"));

  it("a broken hard link", () =>
    phases("echo 1 > a; ln a b; ln a c", "cp b x; echo 2 >> x; mv x b", "rm a", "ln c d"));

  it("a changed mode of a file or a directory", () =>
    phases("mkdir d; echo 1 > d/f", "chmod 0600 d/f; chmod 0500 d", "chmod 0700 d"));

  it("an output that is created and removed", () =>
    phases(
      "echo 1 > a",
      "mkdir -p ../outputs/x-1.0/bin; echo 1 > ../outputs/x-1.0/bin/x",
      "rm -r ../outputs/x-1.0; echo 1 > ../outputs/x-1.0",
      "rm ../outputs/x-1.0",
    ));

  it("the removal of everything", () => phases("mkdir a; echo 1 > a/f", "rm -r a"));

  it("random changes of all these kinds", async () => {
    const churn = `for i in 1 2 3 4 5 6; do r=$((RANDOM % 6)); case $r in
      0) rm -rf d$i; mkdir d$i; echo $RANDOM > d$i/f ;; 1) rm -rf d$i ;; 2) rm -rf d$i; ln -s d1 d$i ;;
      3) rm -rf d$i; echo $RANDOM > d$i ;; 4) rm -rf d$i; mkdir -p d$i/e; touch d$i/e/g; ln d$i/e/g d$i/h ;;
      5) if [ -d d$i ] && [ ! -L d$i ]; then chmod 0700 d$i; touch d$i/new; fi ;; esac; done`;
    await phases(...Array.from({ length: 12 }, (_, i) => `RANDOM=${i + 1}; ${churn}`));
  });
});

describe("a layer of removed files", () => {
  it("is an OCI layer with whiteouts", async () => {
    const long = "n".repeat(200);
    bash(chain.origin.build, `mkdir d; touch d/a ${long}`);
    await chain.save();
    bash(chain.origin.build, `rm -r d/a ${long}`);
    const { path } = await chain.save();
    const names = bash("/", `tar --zstd -tf ${path}`).trim().split("\n").sort();
    expect(names).toEqual([`build/.wh.${long}`, "build/d/", "build/d/.wh.a"].sort());
  });

  it("escapes file names that would be read as whiteouts", async () => {
    bash(chain.origin.build, "touch .wh.a .escaped.wh.a");
    const { path } = await chain.save();
    const names = bash("/", `tar --zstd -tf ${path}`).trim().split("\n").sort();
    expect(names).toEqual(["build/.escaped.escaped.wh.a", "build/.escaped.wh.a"]);
  });
});

describe("flattening", () => {
  it("returns the layer that each file comes from", async () => {
    await phases("echo 1 > a; echo 1 > b; echo 1 > c", "echo 2 > b", "rm c; echo 3 > d");
    const tree = flattenLayers(chain.layers.map(({ index }) => index));
    expect([...tree].map(([path, { layer }]) => [path, layer]).sort()).toEqual([
      ["build/a", 0],
      ["build/b", 1],
      ["build/d", 2],
    ]);
  });

  it("lets a restore skip layers without any remaining file", async () => {
    bash(chain.origin.build, "echo 1 > a");
    const { path } = await chain.save();
    bash(chain.origin.build, "echo 2 > a");
    await chain.save();
    writeFileSync(path, "damaged");
    expect(readFileSync(join((await chain.restore()).build, "a"), "utf8")).toBe("2\n");
  });
});

describe("a restore into a directory that is not empty", () => {
  it("keeps files that the snapshot does not have", async () => {
    bash(chain.origin.build, "mkdir -p d/e; echo 1 > d/f; echo 1 > d/e/f; echo 1 > g");
    await chain.save();
    const target = makeRig();
    bash(
      target.build,
      "echo own > env-vars; mkdir -p d/e; echo own > d/own; echo own > d/f; chmod 0500 d; mkdir g; touch g/x",
    );
    await chain.restore([], target);
    expect(bash(target.build, "find . -type f | sort; cat d/f g; stat -c %a d")).toBe(
      "./d/e/f\n./d/f\n./d/own\n./env-vars\n./g\n1\n1\n755\n",
    );
    expect(leftIn(target).sort()).toEqual(["d", "env-vars", "g"]);
  });
});

describe("saving fails, leaving nothing behind,", () => {
  const save = async (changed: string[], change: string, tar = "/usr/bin/tar") => {
    const { roots, directory, build } = chain.origin;
    const { tree } = scanTree(roots, "/usr/bin/find");
    const rest = { removed: [], patterns: [], level: 1, temporary: directory };
    bash(build, change);
    await saveLayer({ roots, tree, changed, tar, ...rest });
  };
  afterEach(() => expect(readdirSync(chain.origin.directory).sort()).toEqual(["build", "outputs"]));

  it.each([
    ["was removed", "rm a"],
    ["has grown", "echo 2 >> a"],
    ["was truncated", ": > a"],
    ["was written to", "printf 2 | dd of=a conv=notrunc status=none"],
    ["was written to, and its mtime restored", "touch -r a b; echo 2 > a; touch -r b a"],
    ["has become a symlink", "mv a b; ln -s b a"],
    ["has become a fifo", "rm a; mkfifo a"],
    ["has become a directory", "rm a; mkdir a"],
  ])("when a file %s since the scan", async (_, change) => {
    bash(chain.origin.build, "echo 1 > a");
    await expect(save(["build/a"], change)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("build/a changed while it was saved"),
    });
  });

  it("when an empty file has grown since the scan", async () => {
    bash(chain.origin.build, ": > a");
    await expect(save(["build/a"], "echo 1 > a")).rejects.toMatchObject({ code: "conflict" });
  });

  it("when a file is written to while it is read", async () => {
    const { roots, directory, build } = chain.origin;
    bash(build, "head -c 6000000 /dev/zero > a");
    const [entry] = scanTree(roots, find).tree.values();
    const { size, ctime } = detailsOf(entry!);
    const fd = openSync(join(directory, "layer"), "w");
    const writer = new FrameWriter(fd, 1, []);
    const writeFrom = writer.writeFrom.bind(writer);
    let pieces = 0;
    writer.writeFrom = (length, produce) =>
      writeFrom(length, (memory, at, piece) => {
        produce(memory, at, piece);
        if (pieces++ === 0) bash(build, "printf 2 | dd of=a conv=notrunc status=none");
      });
    const file = { path: Buffer.from(join(build, "a")), size, ctime };
    expect(() => copyContents(file, writer)).toThrow("changed while it was saved");
    expect(pieces).toBe(2);
    closeSync(fd);
    rmSync(join(directory, "layer"));
  });

  it("when tar fails to archive sparse files", async () => {
    bash(chain.origin.build, "truncate -s 1M a");
    for (const tar of ["/nowhere/tar", "/bin/true"]) {
      await expect(save(["build/a"], "", tar)).rejects.toMatchObject({ code: "tool-failed" });
    }
    await expect(save(["build/a"], "rm a")).rejects.toMatchObject({
      code: "tool-failed",
      message: expect.stringContaining("a: Cannot stat: No such file or directory"),
    });
  });
});

it("restores nothing when tar fails", async () => {
  bash(chain.origin.build, "head -c 1000000 /dev/urandom > a");
  const { path } = await chain.save();
  const target = makeRig();
  for (const tar of ["/bin/false", "/nowhere/tar"]) {
    await expect(restoreLayers(chain.layers, target.roots, tar)).rejects.toMatchObject({
      code: "tool-failed",
    });
    expect(leftIn(target)).toEqual([]);
  }
  expect(sha256Of(path)).toBe(chain.layers[0]!.digest);
  target.remove();
});
