import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failureReason, nixString, runNix } from "../nix/command.ts";
import { isOptIn, readNixConfig } from "../nix/config.ts";
import { PhaseCacheError } from "../util/error.ts";

/**
 * What builds need of phasecache: the argument of nix/targets.nix, as a Nix expression that gives the rest of it.
 * @param folder the bundles; they are copied to the Nix store unless they lie in there
 * @throws PhaseCacheError `tool-failed`
 */
export function targetsExpression(folder: string, functionArguments: string): string {
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return `(${read("targets.nix")}) {
    text = ${nixString(read("phase-cache-hook.sh"))};
    node = ${nixString(process.execPath)};
    runtime = ${nixString(inNixStore(folder))};
    withPhaseCache = (${read("with-phase-cache.nix")});
    restrictToOptIn = ${isOptIn(readNixConfig("user"))};
    arguments = ${functionArguments};
  }`;
}

function inNixStore(folder: string): string {
  if (folder.startsWith("/nix/store/")) return folder;
  const outcome = runNix("nix-store", ["--add", folder]);
  if (outcome.status === 0) return outcome.stdout.trim();
  throw new PhaseCacheError(
    "tool-failed",
    `the runtime can't be copied to the Nix store: ${failureReason(outcome)}`,
    {
      hint: "`nix-store --add` must work",
    },
  );
}
