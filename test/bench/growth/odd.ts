import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeEmpty } from "../folders.ts";
import type { Growth } from "../growth.ts";
import { HookBuild } from "../hook-build.ts";
import { flushDisk, peakRunner } from "../processes.ts";
import { newBuild, saveAndRestore, series } from "./files.ts";

const otherHash = "z".repeat(32);

export const growthHashes: Growth = {
  name: "growth-hashes",
  work: "occurrences of an output's path in one file",
  unit: "",
  amounts: [1000, 10_000, 100_000],
  series: ["saving", "restoring for another output"],
  measure: async (count, { folder }) => {
    using build = newBuild(folder);
    const { via, peak } = peakRunner(folder);
    writeFileSync(join(build.top, "names"), `prefix = ${build.out}/share/names\n`.repeat(count));
    flushDisk();
    const saving = build.save("buildPhase", via);
    makeEmpty(build.top);
    using other = new HookBuild(folder, ["buildPhase", "installPhase"], otherHash);
    return { seconds: [saving, other.restore(via)], peak: peak() };
  },
};

export const growthLinks: Growth = {
  name: "growth-links",
  work: "hard links to one file",
  unit: "",
  // ext4 allows at most 65,000 links to a file.
  amounts: [1000, 10_000, 64_999],
  series,
  measure: async (count, { folder }) => {
    using build = newBuild(folder);
    const first = join(build.top, "first");
    writeFileSync(first, "one");
    for (let i = 1; i < count; i++) linkSync(first, join(build.top, `link-${i}`));
    return saveAndRestore(build, folder);
  },
};

const directoryName = "d".repeat(100);

export const growthDepth: Growth = {
  name: "growth-depth",
  work: "bytes of the path, of each of 2,000 files",
  unit: "",
  amounts: [300, 1000, 3900],
  series,
  measure: async (length, { folder }) => {
    using build = newBuild(folder);
    let directory = build.top;
    while (directory.length + directoryName.length + 12 < length) {
      directory = join(directory, directoryName);
      mkdirSync(directory);
    }
    for (let i = 0; i < 2000; i++) writeFileSync(join(directory, `file-${i}`), "one");
    return saveAndRestore(build, folder);
  },
};
