import { readFlags } from "../nix/flags.ts";
import { parseLogLine } from "../nix/log.ts";
import { isAtLeast, nixVersion } from "../nix/version.ts";
import { type BuildArguments, splitArguments } from "./arguments.ts";
import { evaluateTargets, features, installablesOf, type Target } from "./evaluate.ts";
import { targetsExpression } from "./place.ts";
import { runInForeground } from "./run.ts";
import type { Step } from "./steps.ts";
import { Watch } from "./watch.ts";

/** A build that is ready to run: Nix's arguments, and the watch that follows it. */
export interface Prepared {
  args: BuildArguments;
  targets: Target[];
  watch: Watch;
}

/**
 * Evaluates what to build, with the hook added.
 * @param folder the folder of the bundles
 * @returns the build, or Nix's exit status if the evaluation failed; Nix has printed the reason
 * @throws PhaseCacheError `usage`, `unsupported`, `not-found` or `tool-failed`
 */
export async function prepareBuild(words: readonly string[], folder: string): Promise<Prepared | number> {
  const args = splitArguments(words, readFlags());
  const targets = await evaluateTargets(args, targetsExpression(folder, args.functionArguments));
  return typeof targets === "number" ? targets : { args, targets, watch: new Watch(targets) };
}

/** Called with new steps as they happen. */
export type OnSteps = (steps: Step[]) => void;

/**
 * Runs the build; Nix places the results.
 * @returns Nix's exit status
 */
export function runBuild({ args, targets, watch }: Prepared, onSteps: OnSteps): Promise<number> {
  return runNixBuild(args, args.build, targets, watch, onSteps);
}

/**
 * Runs `nix build` with these options.
 * @returns Nix's exit status
 */
export async function runNixBuild(
  args: BuildArguments,
  options: readonly string[],
  targets: readonly Target[],
  watch: Watch,
  onSteps: OnSteps,
): Promise<number> {
  const names = installablesOf(targets, isAtLeast(nixVersion(), "2.13"));
  const command = ["build", ...features(args), "--log-format", "internal-json", ...options, ...names];
  const onLine = (line: string) => {
    const event = parseLogLine(line);
    onSteps(event === null ? [{ kind: "nix", text: line }] : watch.take(event, Date.now()));
  };
  const { status } = await runInForeground(command, { capture: false, onLine });
  return status;
}
