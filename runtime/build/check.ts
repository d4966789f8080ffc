import { withoutColours } from "../nix/log.ts";
import type { BuildArguments } from "./arguments.ts";
import { type OnSteps, runNixBuild } from "./build.ts";
import type { Target } from "./evaluate.ts";
import type { Step } from "./steps.ts";
import type { Watch } from "./watch.ts";

/** Why nothing was proved. */
export type Unproved =
  /** The store was seen all the same. */
  | { kind: "seen" }
  /** By a signal; the exit status is as shells have it. */
  | { kind: "interrupted"; status: number };

/** What came of building a derivation again. */
export type Checked =
  | Unproved
  /** The new outputs are those that were there. */
  | { kind: "equal" }
  /** The first output that differs, and where Nix has put the new one, as they are on the disk. */
  | { kind: "differs"; output: string; check: string }
  | { kind: "failed" };

export interface Check {
  args: BuildArguments;
  target: Target;
  /** Options that hide the store. */
  hidden: readonly string[];
}

/**
 * Nix leaves the output that differs as `<out>.check` if there is a program to compare them; with --keep-failed it would
 * keep the build directory too. That the program can't be started does no harm.
 */
const leaveOutput = ["--option", "run-diff-hook", "true", "--option", "diff-hook", "/dev/null"];

/** Builds a derivation that is built once more, without the store, and has Nix compare the outputs. */
export async function checkTarget(
  { args, target, hidden }: Check,
  watch: Watch,
  onSteps: OnSteps,
): Promise<Checked> {
  // Whether Nix's own words are of use is known when it has ended.
  const words: Step[] = [];
  const options = [...args.check, "--no-link", "--rebuild", ...hidden, ...leaveOutput];
  const status = await runNixBuild(args, options, [target], watch, (steps) => {
    words.push(...steps.filter(isWord));
    // Of the hook's lines the only one is that it misses the store.
    onSteps(steps.filter((step) => !isWord(step) && step.kind !== "said"));
  });
  if (watch.saved.size > 0 || watch.snapshots > 0) return { kind: "seen" };
  if (status === 0) return { kind: "equal" };
  const differing = words.flatMap((step) => (step.kind === "nix" ? (parseDiffering(step.text) ?? []) : []));
  if (differing[0] !== undefined) return { kind: "differs", ...differing[0] };
  onSteps(words);
  return status > 128 ? { kind: "interrupted", status } : { kind: "failed" };
}

const isWord = ({ kind }: Step) => kind === "nix" || kind === "tail";

/** Reads Nix's message that an output differs; null for any other. Up to Nix 2.30 or so paths stand in single quotes. */
export function parseDiffering(message: string): { output: string; check: string } | null {
  const pattern = /may not be deterministic: output ['"]([^'"]+)['"] differs from ['"]([^'"]+)['"]/;
  const [, output, check] = pattern.exec(withoutColours(message)) ?? [];
  return output === undefined ? null : { output, check: check! };
}
