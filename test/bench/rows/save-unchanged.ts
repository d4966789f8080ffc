import { HookBuild } from "../hook-build.ts";
import type { Measure } from "../measure.ts";
import { bash, run } from "../processes.ts";
import { qtTree, sampleTree } from "../trees.ts";

/** The hook's call after a phase that changed no file of a large tree. */
export const saveUnchanged: Measure = {
  name: "save-unchanged",
  what: `saving after a phase that changed nothing in ${qtTree.title}`,
  against: "find -printf of the mtimes",
  unit: "s",
  target: { ratio: 3, value: 0.3 },
  pairs: 11,
  warmUp: true,
  open: async ({ folder }) => {
    const phases = ["unpackPhase", ...Array.from({ length: 12 }, (_, i) => `p${i}Phase`)];
    const build = new HookBuild(folder, phases);
    build.begin();
    bash(`cp -a "$1"/. "$2"`, await sampleTree(qtTree), build.top);
    build.save("unpackPhase");
    let next = 1;
    return {
      ours: async () => build.save(phases[next++]!),
      theirs: async () =>
        run({ command: "find", args: [build.top, "-fprintf", "/dev/null", "%T@\\n"] }).seconds,
      [Symbol.asyncDispose]: async () => build[Symbol.dispose](),
    };
  },
};
