import type { Growth } from "../growth.ts";
import { HookBuild } from "../hook-build.ts";
import { fillPackage, fillStore } from "../many-snapshots.ts";
import { phasecache } from "../phasecache.ts";
import { peakRunner } from "../processes.ts";

export const growthSnapshots: Growth = {
  name: "growth-snapshots",
  work: "snapshots in the store, ten of each package",
  unit: "",
  amounts: [10, 100, 1000, 10_000, 20_000],
  series: ["phasecache ls", "planning a build", "saving, nothing changed", "phasecache gc"],
  measure: async (count, { folder }) => {
    using build = new HookBuild(folder);
    const { via, peak } = peakRunner(folder);
    fillStore(build.store, count, 10);
    const listing = via(phasecache("--store", build.store, "ls")).seconds;
    const planning = build.begin(via);
    // The first save of a day computes the store's size; it must not be in the measured one.
    build.save("unpackPhase", via);
    const saving = build.save("buildPhase", via);
    const collecting = via(phasecache("--store", build.store, "gc")).seconds;
    return { seconds: [listing, planning, saving, collecting], peak: peak() };
  },
};

const phases = Array.from({ length: 300 }, (_, i) => `p${i}Phase`);

export const growthBuilds: Growth = {
  name: "growth-builds",
  work: `builds of a package with ${phases.length} phases in the store`,
  unit: "",
  amounts: [1, 3, 10],
  series: ["planning a build", "phasecache ls", "phasecache gc"],
  measure: async (count, { folder }) => {
    using build = new HookBuild(folder, phases);
    const { via, peak } = peakRunner(folder);
    fillPackage(build.store, count, phases);
    const planning = build.begin(via);
    const listing = via(phasecache("--store", build.store, "ls")).seconds;
    return {
      seconds: [planning, listing, via(phasecache("--store", build.store, "gc")).seconds],
      peak: peak(),
    };
  },
};
