import { PhaseCacheError } from "../util/error.ts";
import type { BuildArguments } from "./arguments.ts";
import { runInForeground } from "./run.ts";

/** A derivation with the hook added. */
export interface Target {
  drvPath: string;
  name: string;
  /** The package name in the store: the name without the version. */
  package: string;
  outputs: string[];
  /** Why the hook cannot save any phase of its build; null if it can. */
  obstacle: "no-phases" | "nested-inputs" | null;
  /** The store's path in its sandbox, if it sets `phaseCacheDir`. */
  directory: string | null;
  /** Whether its build fails if the store is unusable (`phaseCacheStrict`). */
  strict: boolean;
  /** The attributes it sets that allow restoring a snapshot although an input changed. */
  overrides: string[];
}

type Found = Target | { error: "no-override" | "no-derivation"; name: string };

/** Options that enable Nix's new command line, and flakes if needed, whatever the user's configuration. */
export function features({ flakes }: BuildArguments): string[] {
  return ["--extra-experimental-features", flakes ? "nix-command flakes" : "nix-command"];
}

/**
 * Lets Nix evaluate what to build, with the hook added.
 * @param expression the result of `targetsExpression`
 * @returns the targets, each once, or Nix's exit status if the evaluation failed; Nix has printed the reason
 * @throws PhaseCacheError `unsupported` for derivations to which the hook cannot be added
 */
export async function evaluateTargets(args: BuildArguments, expression: string): Promise<Target[] | number> {
  const targets = new Map<string, Target>();
  const installables = args.installables.length > 0 ? args.installables : [null];
  for (const installable of installables) {
    const names = installable === null ? [] : [installable.name];
    const command = ["eval", ...features(args), ...args.evaluate, "--json", "--apply", expression, ...names];
    const { status, stdout } = await runInForeground(command, { capture: true });
    if (status !== 0) return status;
    const found = (JSON.parse(stdout) as Found[]).map(requireTarget);
    if (found.length === 0)
      throw new PhaseCacheError("not-found", `${names[0] ?? "it"} contains no derivation`, {
        hint: "name an attribute of it",
      });
    for (const target of found) {
      const outputs = installable?.outputs?.split(",") ?? target.outputs;
      const before = targets.get(target.drvPath)?.outputs ?? [];
      targets.set(target.drvPath, { ...target, outputs: [...new Set([...before, ...outputs])] });
    }
  }
  return [...targets.values()];
}

function requireTarget(found: Found): Target {
  if (!("error" in found)) return found;
  const { error, name } = found;
  if (error === "no-derivation")
    throw new PhaseCacheError("unsupported", `${name} is not a derivation`, {
      hint: "name an attribute that is one",
    });
  throw new PhaseCacheError(
    "unsupported",
    `${name} was not made by stdenv.mkDerivation: phaseCacheHook cannot be added`,
    {
      hint: "it has no phases to save; build it with `nix build`",
    },
  );
}

/** Returns the targets as installables. Before 2.13, Nix could not select outputs of a derivation file, and built all. */
export function installablesOf(targets: readonly Target[], knowsOutputs: boolean): string[] {
  return targets.map(({ drvPath, outputs }) => (knowsOutputs ? `${drvPath}^${outputs.join(",")}` : drvPath));
}
