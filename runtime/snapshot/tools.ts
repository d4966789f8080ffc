import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../util/error.ts";

/** Absolute paths of the programs that the runtime starts: a build's PATH is not used. */
export interface Tools {
  tar: string;
  find: string;
  /** Null if there is none: xz files are then not searched. */
  xz: string | null;
  /** Null if there is none: bzip2 files are then not searched. */
  bzip2: string | null;
}

/** Reads the paths from `tools.json` beside the bundle, written by the packaging; without it, uses the host's programs. */
export function readTools(runtimeDirectory: string): Tools {
  const host: Tools = {
    tar: "/usr/bin/tar",
    find: "/usr/bin/find",
    xz: "/usr/bin/xz",
    bzip2: "/usr/bin/bzip2",
  };
  try {
    return { ...host, ...JSON.parse(readFileSync(join(runtimeDirectory, "tools.json"), "utf8")) };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return host;
    throw error;
  }
}
