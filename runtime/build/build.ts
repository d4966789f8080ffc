import { readFlags } from "../nix/flags.ts";
import { parseLogLine } from "../nix/log.ts";
import { isAtLeast, nixVersion } from "../nix/version.ts";
import { type BuildArguments, partArguments } from "./arguments.ts";
import { evaluateTargets, features, installablesOf, type Target } from "./evaluate.ts";
import { targetsExpression } from "./place.ts";
import { runInForeground } from "./run.ts";
import type { Step } from "./steps.ts";
import { Watch } from "./watch.ts";

/** A build that can be started: what Nix is told, and what follows it. */
export interface Prepared {
  args: BuildArguments;
  targets: Target[];
  watch: Watch;
}

/**
 * Finds what is to be built, with the hook added to it.
 * @param folder the bundles
 * @returns Nix's exit status when it could not evaluate that; it has said why
 * @throws PhaseCacheError `usage`, `unsupported`, `not-found` or `tool-failed`
 */
export async function prepareBuild(words: readonly string[], folder: string): Promise<Prepared | number> {
  const args = partArguments(words, readFlags());
  const targets = await evaluateTargets(args, targetsExpression(folder, args.functionArguments));
  return typeof targets === "number" ? targets : { args, targets, watch: new Watch(targets) };
}

/** Told what happens, as it happens. */
export type OnSteps = (steps: Step[]) => void;

/**
 * Builds; results go where Nix puts them.
 * @returns Nix's exit status
 */
export function runBuild({ args, targets, watch }: Prepared, onSteps: OnSteps): Promise<number> {
  return runNixBuild(args, args.build, targets, watch, onSteps);
}

/**
 * Runs `nix build`.
 * @param options for it
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
