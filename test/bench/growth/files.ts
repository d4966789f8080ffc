import { writeManyFiles } from "../files.ts";
import { makeEmpty } from "../folders.ts";
import type { Cost, Growth } from "../growth.ts";
import { HookBuild } from "../hook-build.ts";
import { flushDisk, peakRunner } from "../processes.ts";

const phases = ["buildPhase", "installPhase"];

/** Saves the build directory, saves it again unchanged, then restores it. */
export function saveAndRestore(build: HookBuild, folder: string): Cost {
  const { via, peak } = peakRunner(folder);
  flushDisk();
  const saving = build.save("buildPhase", via);
  const unchanged = build.save("installPhase", via);
  makeEmpty(build.top);
  flushDisk();
  return { seconds: [saving, unchanged, build.restore(via)], peak: peak() };
}

export function newBuild(folder: string): HookBuild {
  const build = new HookBuild(folder, phases);
  build.begin();
  return build;
}

export const series = ["saving", "saving, unchanged", "restoring"];

export const growthFiles: Growth = {
  name: "growth-files",
  work: "files of 2 KiB",
  unit: "",
  amounts: [1000, 3000, 10_000, 30_000, 100_000, 200_000],
  series,
  measure: async (count, { folder }) => {
    using build = newBuild(folder);
    writeManyFiles(build.top, count);
    return saveAndRestore(build, folder);
  },
};
