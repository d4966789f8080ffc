import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diffTrees } from "../../runtime/tree/diff.ts";
import { scanTree } from "../../runtime/tree/scan.ts";
import { bash, find, makeRig } from "./rig.ts";

let rig: ReturnType<typeof makeRig>;
beforeEach(() => {
  rig = makeRig();
});
afterEach(() => rig.remove());

/** Returns what the script `change` changes in the tree that the script `prepare` made. */
function difference(prepare: string, change: string) {
  bash(rig.build, prepare);
  const before = scanTree(rig.roots, find);
  bash(rig.build, change);
  const after = scanTree(rig.roots, find);
  const { changed, removed } = diffTrees(before.tree, after.tree);
  const part = after.since(before);
  expect(diffTrees(part.before, part.tree, () => after.tree)).toMatchObject({ changed, removed });
  return { changed: changed.sort(), removed: removed.sort() };
}

const stamp = "touch -d '2020-01-01 00:00:00.123456789'";

describe("changed", () => {
  it("is empty when nothing changed", () => {
    expect(difference("mkdir d; touch d/f; ln -s x l; mkfifo p", "true")).toEqual({
      changed: [],
      removed: [],
    });
  });

  it("has a new file and its directory", () => {
    expect(difference("mkdir d e", "touch d/f").changed).toEqual(["build/d", "build/d/f"]);
  });

  it("has all paths when the tree did not exist", () => {
    bash(rig.build, "mkdir -p a/b; touch a/b/c");
    const { tree } = scanTree(rig.roots, find);
    expect(diffTrees(new Map(), tree)).toMatchObject({
      changed: ["build/a", "build/a/b", "build/a/b/c"],
      removed: [],
    });
  });

  it("has a file with other contents, but the same size and mtime", () => {
    const { changed } = difference(`echo 1 > a; echo 1 > b; ${stamp} a b`, `echo 2 > a; ${stamp} a`);
    expect(changed).toEqual(["build/a"]);
  });

  it("has a file with another mode", () => {
    expect(difference("touch a b", "chmod 0600 a").changed).toEqual(["build/a"]);
  });

  it("has a file whose mtime differs by a nanosecond", () => {
    const { changed } = difference(`touch a b; ${stamp} a b`, "touch -d '2020-01-01 00:00:00.123456788' a");
    expect(changed).toEqual(["build/a"]);
  });

  it("has a file that another one was renamed to", () => {
    const { changed } = difference(`mkdir d e; touch d/a e/a; ${stamp} d/a e/a`, "mv e/a d/a");
    expect(changed).toEqual(["build/d", "build/d/a", "build/e"]);
  });

  it("has a symlink with another target", () => {
    const { changed } = difference("ln -s a l; ln -s a m", "ln -sfn b l");
    expect(changed).toEqual(["build/l"]);
  });

  it("does not have a directory of which only the ctime differs", () => {
    const { changed } = difference(`mkdir d; ${stamp} d`, `chmod 0700 d; chmod 0755 d; ${stamp} d`);
    expect(changed).toEqual([]);
  });

  it("has a directory with another mode or mtime", () => {
    expect(difference("mkdir d e f", `chmod 0700 d; ${stamp} e`).changed).toEqual(["build/d", "build/e"]);
  });

  it("has every hard link of a file when one was added, replaced or removed", () => {
    const prepare = "mkdir 1 2 3; for d in 1 2 3; do echo $d > $d/a; ln $d/a $d/b; ln $d/a $d/c; done";
    const change = "ln 1/a 1/d; echo x > 2/new; mv 2/new 2/b; rm 3/c";
    expect(difference(prepare, change)).toEqual({
      changed: [
        ["build/1", "build/1/a", "build/1/b", "build/1/c", "build/1/d"],
        ["build/2", "build/2/a", "build/2/b", "build/2/c"],
        ["build/3", "build/3/a", "build/3/b"],
      ].flat(),
      removed: ["build/3/c"],
    });
  });

  it("has the other hard links of a changed file even when their own times are unchanged", () => {
    bash(rig.build, "echo 1 > a; ln a b; echo 1 > c");
    const { tree } = scanTree(rig.roots, find);
    const before = new Map([...tree].filter(([path]) => path !== "build/a"));
    expect(diffTrees(before, tree).changed.sort()).toEqual(["build/a", "build/b"]);
  });
});

describe("removed", () => {
  it("has a file", () => {
    expect(difference("touch a b", "rm a").removed).toEqual(["build/a"]);
  });

  it("has a directory, but nothing below it", () => {
    const { changed, removed } = difference("mkdir -p d/a/b/c e; touch d/a/b/c/f", "rm -r d/a");
    expect({ changed, removed }).toEqual({ changed: ["build/d"], removed: ["build/d/a"] });
  });

  it("has an output", () => {
    bash(rig.directory, "mkdir -p outputs/x-1.0/bin");
    expect(difference("true", "rm -r ../outputs/x-1.0")).toEqual({ changed: [], removed: ["outputs/out"] });
  });

  it("has nothing below a directory that became a file or a symlink", () => {
    const { changed, removed } = difference("mkdir d e; touch d/a e/a", "rm -r d e; touch d; ln -s d e");
    expect({ changed, removed }).toEqual({ changed: ["build/d", "build/e"], removed: [] });
  });

  it("is empty when a file became a directory", () => {
    expect(difference("touch a", "rm a; mkdir a; touch a/b")).toEqual({
      changed: ["build/a", "build/a/b"],
      removed: [],
    });
  });
});
