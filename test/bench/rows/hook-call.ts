import { HookBuild } from "../hook-build.ts";
import type { Measure } from "../measure.ts";
import { run } from "../processes.ts";

const count = 31;

/** The hook's call after a phase that changed nothing, in a build without files. */
export const hookCall: Measure = {
  name: "hook-call",
  what: "one call of the hook with nothing to do",
  against: "node -e 0",
  unit: "s",
  target: { ratio: 1.3 },
  pairs: count,
  warmUp: true,
  open: async ({ folder }) => {
    const phases = Array.from({ length: count + 1 }, (_, i) => `p${i}Phase`);
    const build = new HookBuild(folder, phases);
    build.begin();
    let next = 0;
    return {
      ours: async () => build.save(phases[next++]!),
      theirs: async () => run({ command: process.execPath, args: ["-e", "0"], env: {} }).seconds,
      [Symbol.asyncDispose]: async () => build[Symbol.dispose](),
    };
  },
};
