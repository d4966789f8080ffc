import { existsSync } from "node:fs";
import { join } from "node:path";
import { sweep } from "../store/gc/sweep.ts";
import { formatVersion } from "../store/layout.ts";
import { openStore, requireFit } from "../store/open.ts";
import { formatSize } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { type Finding, fail, info, pass } from "./finding.ts";

/**
 * What is in the store, as far as the calling user may look.
 * @param now milliseconds since the epoch
 */
export function checkStore(directory: string, now: number): Finding[] {
  try {
    requireFit(directory);
    if (!existsSync(join(directory, `v${formatVersion}`)))
      return [info("format", "nothing is in it yet: the first build with phaseCacheHook fills it")];
    return [pass("format", `its format is ${formatVersion}`), ...checkStale(directory, now)];
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    if (error.code === "store-unusable" && process.getuid?.() !== 0)
      return [info("format", "you may not look into it", "run this as root")];
    return [fail("format", error.message, error.hint ?? "name another directory")];
  }
}

function checkStale(directory: string, now: number): Finding[] {
  const { temporaries, formats } = sweep(openStore(directory, { write: false }), now, true);
  const remedy = "phasecache gc";
  const old = formats.count > 0 ? [info("format", "folders of older formats are in it", remedy)] : [];
  if (temporaries.count === 0) return [...old, pass("temporaries", "no save has left anything behind")];
  const { count, bytes } = temporaries;
  const message = `${count} temporary ${count === 1 ? "file" : "files"} of saves that were killed, ${formatSize(bytes)}`;
  return [...old, info("temporaries", message, remedy)];
}
