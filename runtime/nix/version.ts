import { PhaseCacheError } from "../util/error.ts";
import { failureReason, runNix } from "./command.ts";

/** The oldest Nix that phasecache is tested with. */
export const oldestVersion = "2.8";

/**
 * Returns the version of Nix's command line: `2.8.0`, `2.26.3`. Lix and others print more text before it.
 * @throws PhaseCacheError `tool-failed`
 */
export function nixVersion(): string {
  const outcome = runNix("nix", ["--version"]);
  const version = /(\d+(?:\.\d+)+)\S*\s*$/.exec(outcome.stdout)?.[1];
  if (version !== undefined) return version;
  throw new PhaseCacheError("tool-failed", `nix --version: ${failureReason(outcome)}`, {
    hint: "check that the nix on PATH is Nix's",
  });
}

/** Whether `version` is `oldest` or newer. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [have, want] = [version, oldest].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (const [at, number] of want.entries()) {
    const other = have[at] ?? 0;
    if (other !== number) return other > number;
  }
  return true;
}
