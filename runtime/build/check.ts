import { withoutColours } from "../nix/log.ts";
import type { BuildArguments } from "./arguments.ts";
import { type OnSteps, runNixBuild } from "./build.ts";
import type { Target } from "./evaluate.ts";
import type { Step } from "./steps.ts";
import type { Watch } from "./watch.ts";

/** Reasons why a check proves nothing. */
export type Unproved =
  /** The build saw the store although it should be hidden. */
  | { kind: "seen" }
  /** A signal ended the build; the exit status follows the shell convention. */
  | { kind: "interrupted"; status: number };

/** The result of building a derivation again. */
export type Checked =
  | Unproved
  /** The new outputs equal the existing ones. */
  | { kind: "equal" }
  /** The first output that differs, and the path where Nix left the new one. */
  | { kind: "differs"; output: string; check: string }
  | { kind: "failed" };

export interface Check {
  args: BuildArguments;
  target: Target;
  /** Nix options that hide the store. */
  hidden: readonly string[];
}

/**
 * Nix keeps a differing output as `<out>.check` only if a diff hook is set; --keep-failed would keep the build directory as
 * well. The hook need not be executable: Nix ignores its failure.
 */
const leaveOutput = ["--option", "run-diff-hook", "true", "--option", "diff-hook", "/dev/null"];

/** Builds a derivation again, without the store, and lets Nix compare the outputs. */
export async function checkTarget(
  { args, target, hidden }: Check,
  watch: Watch,
  onSteps: OnSteps,
): Promise<Checked> {
  // Only the result shows whether Nix's messages matter to the user.
  const messages: Step[] = [];
  const options = [...args.check, "--no-link", "--rebuild", ...hidden, ...leaveOutput];
  const status = await runNixBuild(args, options, [target], watch, (steps) => {
    messages.push(...steps.filter(isMessage));
    // The hook's only message is that the store is missing.
    onSteps(steps.filter((step) => !isMessage(step) && step.kind !== "said"));
  });
  if (watch.saved.size > 0 || watch.snapshots > 0) return { kind: "seen" };
  if (status === 0) return { kind: "equal" };
  const differing = messages.flatMap((step) =>
    step.kind === "nix" ? (parseDiffering(step.text) ?? []) : [],
  );
  if (differing[0] !== undefined) return { kind: "differs", ...differing[0] };
  onSteps(messages);
  return status > 128 ? { kind: "interrupted", status } : { kind: "failed" };
}

const isMessage = ({ kind }: Step) => kind === "nix" || kind === "tail";

/** Parses Nix's message that an output differs; null for others. Nix up to about 2.30 puts paths in single quotes. */
export function parseDiffering(message: string): { output: string; check: string } | null {
  const pattern = /may not be deterministic: output ['"]([^'"]+)['"] differs from ['"]([^'"]+)['"]/;
  const [, output, check] = pattern.exec(withoutColours(message)) ?? [];
  return output === undefined ? null : { output, check: check! };
}
