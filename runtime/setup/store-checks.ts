import { existsSync } from "node:fs";
import { join } from "node:path";
import { sweep } from "../store/gc/sweep.ts";
import { formatVersion } from "../store/layout.ts";
import { openStore, requireFit } from "../store/open.ts";
import { formatSize } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { type Finding, fail, info, pass } from "./finding.ts";

/**
 * Checks the contents of the store, as far as the user can read them.
 * @param now milliseconds since the epoch
 */
export function checkStore(directory: string, now: number): Finding[] {
  try {
    requireFit(directory);
    if (!existsSync(join(directory, `v${formatVersion}`)))
      return [info("format", "the store is empty until the first build with phaseCacheHook")];
    return [pass("format", `the store has format ${formatVersion}`), ...checkStale(directory, now)];
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    if (error.code === "store-unusable" && process.getuid?.() !== 0)
      return [info("format", "you may not read the store", "run this as root")];
    return [fail("format", error.message, error.hint ?? "name another directory")];
  }
}

function checkStale(directory: string, now: number): Finding[] {
  const { temporaries, formats } = sweep(openStore(directory, { write: false }), now, true);
  const remedy = "phasecache gc";
  const old =
    formats.count > 0 ? [info("format", "the store contains folders of older formats", remedy)] : [];
  if (temporaries.count === 0) return [...old, pass("temporaries", "no temporary files of killed saves")];
  const { count, bytes } = temporaries;
  const message = `${count} temporary ${count === 1 ? "file" : "files"} of killed saves, ${formatSize(bytes)}`;
  return [...old, info("temporaries", message, remedy)];
}
