import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { saveLayer } from "../../../runtime/layer/save.ts";
import { removeStaging } from "../../../runtime/layer/staging-directory.ts";
import { diffTrees } from "../../../runtime/tree/diff.ts";
import { modeOf } from "../../../runtime/tree/entry.ts";
import { scanTree } from "../../../runtime/tree/scan.ts";
import { makeRig } from "../../tree/rig.ts";
import { bash, describeRoots, find, leftIn, makeChain, unprivileged } from "../rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
afterEach(() => chain.remove());

const locked = `echo 1 > no; chmod 0000 no; echo 2 > run; chmod 0111 run; ln run d
  mkdir -p shut/in list; echo 3 > shut/in/f; echo 4 > list/f; chmod 0000 shut/in/f shut/in; chmod 0311 list; chmod 0555 shut`;

it("saves and restores files and directories that their owner can't read", async () => {
  await unprivileged(async () => {
    bash(chain.origin.build, locked);
    await chain.save();
  });
  const before = describeRoots(chain.origin.roots);
  const target = await unprivileged(() => chain.restore());
  expect(describeRoots(target.roots)).toEqual(before);
  expect(bash(target.build, "stat -c '%n %a' no run shut shut/in list; cat run").split("\n")).toEqual([
    "no 0",
    "run 111",
    "shut 555",
    "shut/in 0",
    "list 311",
    "2",
    "",
  ]);
});

it("does not make them look changed in the next scan", async () => {
  await unprivileged(async () => {
    const { roots, build, directory } = chain.origin;
    bash(build, locked);
    const { tree } = scanTree(roots, find);
    const { changed } = diffTrees(new Map(), tree);
    await saveLayer({
      roots,
      tree,
      changed,
      removed: [],
      patterns: [],
      tar: "/usr/bin/tar",
      level: 1,
      temporary: directory,
    });
    expect(diffTrees(tree, scanTree(roots, find).tree)).toMatchObject({ changed: [], removed: [] });
  });
});

it("restores the modes on disk when saving fails", async () => {
  await unprivileged(async () => {
    bash(chain.origin.build, `${locked}; chmod u+s run; echo 1 > .wait`);
    const modes = () =>
      [...scanTree(chain.origin.roots, find).tree].map(([path, entry]) => [path, modeOf(entry)]);
    const before = modes();
    await expect(chain.save()).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("setuid"),
    });
    expect(modes()).toEqual(before);
  });
});

it("drops a directory's inherited setgid bit", async () => {
  bash(chain.origin.build, "mkdir d; chmod 2775 d; echo 1 > d/f");
  await chain.save();
  const { build } = await chain.restore();
  expect(bash(build, "stat -c %a d")).toBe("775\n");
});

it("merges into directories that their owner can't write to", async () => {
  const target = makeRig();
  await unprivileged(async () => {
    bash(chain.origin.build, "mkdir -p d/e; echo 1 > d/e/f; chmod 0555 d/e d");
    bash(target.build, "mkdir -p d/e; echo own > d/own; chmod 0500 d/e d");
    await chain.save();
    await chain.restore([], target);
    expect(bash(target.build, "cat d/e/f d/own; stat -c %a d d/e")).toBe("1\nown\n555\n555\n");
    expect(leftIn(target)).toEqual(["d"]);
  });
});

it("removes the staging directories of a killed restore, also locked ones, and nothing else", async () => {
  const { build, directory, roots } = chain.origin;
  await unprivileged(() => {
    bash(
      build,
      "mkdir -p .phasecache-1/build/d/e; touch .phasecache-1/build/d/e/f; chmod 0000 .phasecache-1/build/d/e; chmod 0500 .phasecache-1/build/d",
    );
    bash(build, "ln -s ../keep .phasecache-link; mkdir ../keep; touch ../keep/f keep .phase");
    mkdirSync(join(directory, "outputs", ".phasecache-x-1.0-staging"));
    mkdirSync(join(directory, "outputs", ".phasecache-other-staging"));
    removeStaging(roots);
  });
  expect(leftIn(chain.origin).sort()).toEqual([".phase", ".phasecache-other-staging", "keep"]);
  expect(bash(directory, "ls keep")).toBe("f\n");
});

it("ignores missing roots when removing staging directories", () => {
  removeStaging([{ name: "outputs/out", path: "/nowhere/at/all" }]);
});
