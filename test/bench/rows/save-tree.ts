import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeEmpty } from "../folders.ts";
import { HookBuild } from "../hook-build.ts";
import type { Measure } from "../measure.ts";
import { bash, flushDisk, requireProgram } from "../processes.ts";
import { gitTree, qtTree, type SampleTree, sampleTree } from "../trees.ts";

/** The hook's call after a phase that created a full tree. */
function saveTree(name: string, tree: SampleTree): Measure {
  return {
    name,
    what: `saving a full tree: ${tree.title}`,
    against: "tar -c | zstd -1 -T2",
    unit: "s",
    target: { ratio: 1 },
    pairs: 5,
    warmUp: true,
    open: async ({ folder }) => {
      requireProgram("zstd");
      const origin = await sampleTree(tree);
      const build = new HookBuild(folder);
      const archive = join(folder, "archive.tar.zst");
      return {
        ours: async () => {
          makeEmpty(build.store);
          makeEmpty(build.top);
          build.begin();
          bash(`cp -a "$1"/. "$2"`, origin, build.top);
          flushDisk();
          return build.save("buildPhase");
        },
        theirs: async () => {
          rmSync(archive, { force: true });
          flushDisk();
          return bash(`tar -C "$1" -c . | zstd -1 -T2 -q > "$2"`, build.top, archive).seconds;
        },
        [Symbol.asyncDispose]: async () => build[Symbol.dispose](),
      };
    },
  };
}

export const saveGit = saveTree("save-git", gitTree);
export const saveQt = saveTree("save-qt", qtTree);
