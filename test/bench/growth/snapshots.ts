import type { Growth } from "../growth.ts";
import { HookBuild } from "../hook-build.ts";
import { fillStore } from "../many-snapshots.ts";
import { phasecache } from "../phasecache.ts";
import { run } from "../processes.ts";

export const growthSnapshots: Growth = {
  name: "growth-snapshots",
  work: "snapshots in the store",
  unit: "",
  amounts: [10, 100, 1000, 10_000],
  series: ["phasecache ls", "planning a build", "saving, nothing changed"],
  measure: async (count, { folder }) => {
    using build = new HookBuild(folder);
    fillStore(build.store, count);
    const listing = run(phasecache("--store", build.store, "ls")).seconds;
    const planning = build.begin();
    // The first save counts the store's bytes, once a day.
    build.save("unpackPhase");
    return [listing, planning, build.save("buildPhase")];
  },
};
