import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../util/error.ts";

/** The programs that the runtime starts, by absolute path: a build's PATH is the build's own business. */
export interface Tools {
  tar: string;
  find: string;
  /** Null where there is none: xz files are then not looked into. */
  xz: string | null;
  /** Likewise. */
  bzip2: string | null;
}

/** Reads `tools.json` beside the bundle, where the packaging wrote the paths; without one the host's are taken. */
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
