import { join } from "node:path";
import { makeEmpty } from "../folders.ts";
import { HookBuild } from "../hook-build.ts";
import type { Measure } from "../measure.ts";
import { bash, flushDisk, requireProgram } from "../processes.ts";
import { gitTree, qtTree, type SampleTree, sampleTree } from "../trees.ts";

/** The hook's call before the first phase, which restores a full tree. */
function restoreTree(name: string, tree: SampleTree): Measure {
  return {
    name,
    what: `restoring a full tree: ${tree.title}`,
    against: "zstd -dc | tar -x",
    unit: "s",
    target: { ratio: 1 },
    pairs: 5,
    warmUp: true,
    open: async ({ folder }) => {
      requireProgram("zstd");
      const build = new HookBuild(folder);
      const [archive, copy] = [join(folder, "archive.tar.zst"), join(folder, "copy")];
      build.begin();
      bash(`cp -a "$1"/. "$2"`, await sampleTree(tree), build.top);
      build.save("buildPhase");
      bash(`tar -C "$1" -c . | zstd -1 -T2 -q > "$2"`, build.top, archive);
      return {
        ours: async () => {
          makeEmpty(build.top);
          makeEmpty(copy);
          flushDisk();
          return build.restore();
        },
        theirs: async () => {
          makeEmpty(build.top);
          makeEmpty(copy);
          flushDisk();
          return bash(`zstd -dc "$1" | tar -C "$2" -x`, archive, copy).seconds;
        },
        [Symbol.asyncDispose]: async () => build[Symbol.dispose](),
      };
    },
  };
}

export const restoreGit = restoreTree("restore-git", gitTree);
export const restoreQt = restoreTree("restore-qt", qtTree);
