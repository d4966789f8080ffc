import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failureReason, nixString, runNix } from "../nix/command.ts";
import { isOptIn, readNixConfig } from "../nix/config.ts";
import { PhaseCacheError } from "../util/error.ts";

/**
 * Returns a Nix expression that applies nix/targets.nix to what builds need of phasecache.
 * @param folder the folder of the bundles; it is copied to the Nix store unless it is already there
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
    `cannot copy the runtime to the Nix store: ${failureReason(outcome)}`,
    {
      hint: "`nix-store --add` must work",
    },
  );
}
