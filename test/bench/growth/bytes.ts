import { join } from "node:path";
import { writeLargeFile } from "../files.ts";
import type { Growth } from "../growth.ts";
import { newBuild, saveAndRestore, series } from "./files.ts";

const fileSize = 5_000_000;

export const growthBytes: Growth = {
  name: "growth-bytes",
  work: "bytes in files of 5 MB",
  unit: "B",
  amounts: [10e6, 50e6, 200e6, 1e9, 5e9],
  series,
  measure: async (bytes, { folder }) => {
    using build = newBuild(folder);
    for (let i = 0; i < bytes / fileSize; i++) writeLargeFile(join(build.top, `file-${i}`), fileSize);
    return saveAndRestore(build, folder);
  },
};

export const growthOneFile: Growth = {
  name: "growth-one-file",
  work: "bytes in one file",
  unit: "B",
  amounts: [10e6, 100e6, 1e9, 3e9],
  series,
  measure: async (bytes, { folder }) => {
    using build = newBuild(folder);
    writeLargeFile(join(build.top, "large"), bytes);
    return saveAndRestore(build, folder);
  },
};
