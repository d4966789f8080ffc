import { join } from "node:path";
import { writeLargeFile, writeSparseFile } from "../files.ts";
import { makeEmpty } from "../folders.ts";
import { HookBuild } from "../hook-build.ts";
import type { Measure } from "../measure.ts";
import { bash, peakRunner, requireProgram } from "../processes.ts";
import { qtTree, sampleTree } from "../trees.ts";

const gibibyte = 2 ** 30;

type Fill = (directory: string) => void | Promise<void>;

/** The peak memory of the two calls that save and restore a tree. */
function memory(name: string, what: string, fill: Fill): Measure {
  return {
    name,
    what: `peak memory while saving and restoring ${what}`,
    against: null,
    unit: "B",
    target: { value: 300e6 },
    pairs: 1,
    warmUp: false,
    open: async ({ folder }) => {
      requireProgram("/usr/bin/time");
      const build = new HookBuild(folder);
      build.begin();
      await fill(build.top);
      const { via, peak } = peakRunner(folder);
      return {
        ours: async () => {
          build.save("buildPhase", via);
          makeEmpty(build.top);
          build.restore(via);
          return peak();
        },
        theirs: null,
        [Symbol.asyncDispose]: async () => build[Symbol.dispose](),
      };
    },
  };
}

export const memoryTree = memory("memory-tree", qtTree.title, async (top) => {
  bash(`cp -a "$1"/. "$2"`, await sampleTree(qtTree), top);
});
export const memoryFile = memory("memory-file", "a file of 5 GiB", (top) =>
  writeLargeFile(join(top, "large"), 5 * gibibyte),
);
export const memorySparse = memory("memory-sparse", "a file of 5 GiB that is all but empty", (top) =>
  writeSparseFile(join(top, "sparse"), 5 * gibibyte),
);
