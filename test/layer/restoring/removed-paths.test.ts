import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeRig } from "../../tree/rig.ts";
import { bash, describeRoots, leftIn, makeChain } from "../rig.ts";

let chain: ReturnType<typeof makeChain>;
beforeEach(() => {
  chain = makeChain();
});
afterEach(() => chain.remove());

/** Files that setup hooks make before the first phase, in every build of the package. */
const hooks =
  "mkdir -p made/d/e; for f in a made/b made/d/c made/d/e/f; do echo hook > $f; done; chmod 555 made/d/e";

/** Runs scripts as phases after the hooks, and restores their layers into a build in which the hooks have run. */
async function restored(scripts: string[], beforehand = "true") {
  bash(chain.origin.build, hooks);
  chain.begin();
  for (const script of scripts) {
    bash(chain.origin.build, script);
    await chain.save();
  }
  const target = makeRig();
  bash(target.build, `${hooks}; ${beforehand}`);
  await chain.restore([], target);
  return target;
}

it.each([
  ["a file", ["rm a"]],
  ["a file in a directory", ["rm made/b"]],
  ["a file in a read-only directory", ["chmod 755 made/d/e; rm made/d/e/f; chmod 555 made/d/e"]],
  ["a directory", ["rm -rf made/d"]],
  ["a directory that was created again", ["rm -rf made/d", "mkdir made/d; echo 1 > made/d/x"]],
  [
    "a directory that was temporarily replaced by a file",
    ["rm -rf made; echo 1 > made", "rm made; mkdir made"],
  ],
  ["a file that a phase had changed", ["echo 1 > a", "rm a"]],
])("removes a file that a phase removed: %s", async (_, scripts) => {
  const target = await restored(scripts);
  // Files of the hooks have different times in each build.
  const described = (roots: Parameters<typeof describeRoots>[0]) =>
    describeRoots(roots).map((line) => line.replace(/ \d+\.\d{10} /, " "));
  expect(described(target.roots)).toEqual(described(chain.origin.roots));
  expect(leftIn(target).filter((name) => name.startsWith("."))).toEqual([]);
});

it("removes nothing through a symlink", async () => {
  const target = await restored(["rm made/b"], "mv made real; ln -s real made");
  expect(readFileSync(join(target.build, "real/b"), "utf8")).toBe("hook\n");
});
