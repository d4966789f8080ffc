import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeManyFiles } from "../files.ts";
import { makeEmpty } from "../folders.ts";
import type { Growth } from "../growth.ts";
import { HookBuild } from "../hook-build.ts";
import { settle } from "../processes.ts";

const filesEach = 200;

export const growthPhases: Growth = {
  name: "growth-phases",
  work: `phases, each of which makes ${filesEach} files`,
  unit: "",
  amounts: [8, 16, 32, 64],
  series: ["saving all of them", "restoring"],
  measure: async (count, { folder }) => {
    const phases = Array.from({ length: count }, (_, i) => `p${i}Phase`);
    using build = new HookBuild(folder, phases);
    build.begin();
    let saving = 0;
    for (const phase of phases) {
      mkdirSync(join(build.top, phase));
      writeManyFiles(join(build.top, phase), filesEach);
      saving += build.save(phase);
    }
    makeEmpty(build.top);
    settle();
    return [saving, build.restore()];
  },
};
