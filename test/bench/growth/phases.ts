import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeManyFiles } from "../files.ts";
import { makeEmpty } from "../folders.ts";
import type { Growth } from "../growth.ts";
import { HookBuild } from "../hook-build.ts";
import { flushDisk, peakRunner } from "../processes.ts";

const filesEach = 20;

export const growthPhases: Growth = {
  name: "growth-phases",
  work: `phases, each of which makes ${filesEach} files`,
  unit: "",
  amounts: [10, 30, 100, 300],
  series: ["saving all of them", "restoring"],
  measure: async (count, { folder }) => {
    const phases = Array.from({ length: count }, (_, i) => `p${i}Phase`);
    using build = new HookBuild(folder, phases);
    const { via, peak } = peakRunner(folder);
    build.begin();
    let saving = 0;
    for (const phase of phases) {
      mkdirSync(join(build.top, phase));
      writeManyFiles(join(build.top, phase), filesEach);
      saving += build.save(phase, via);
    }
    makeEmpty(build.top);
    flushDisk();
    return { seconds: [saving, build.restore(via)], peak: peak() };
  },
};
