import { PhaseCacheError } from "../util/error.ts";
import type { BuildArguments } from "./arguments.ts";
import { runInForeground } from "./run.ts";

/** A derivation with the hook in it. */
export interface Target {
  drvPath: string;
  name: string;
  /** Its name without the version, by which the store knows it. */
  package: string;
  outputs: string[];
  /** Why the hook can do nothing in its build; null where it can. */
  obstacle: "no-phases" | "nested-inputs" | null;
  /** Where it sees the store, if it says so (`phaseCacheDir`). */
  directory: string | null;
  /** Whether trouble with the store fails its build. */
  strict: boolean;
  /** Its attributes by which a snapshot may be restored although something else changed. */
  overrides: string[];
}

type Found = Target | { error: "no-override" | "no-derivation"; name: string };

/** Options for Nix's new command line and what is needed of it, whether or not the user has switched it on. */
export function features({ flakes }: BuildArguments): string[] {
  return ["--extra-experimental-features", flakes ? "nix-command flakes" : "nix-command"];
}

/**
 * Has Nix evaluate what is to be built, with the hook added.
 * @param expression what `targetsExpression` gives
 * @returns the targets, each once; or Nix's exit status when it could not, after it has said why
 * @throws PhaseCacheError `unsupported` for what the hook can't be added to
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
      throw new PhaseCacheError("not-found", `${names[0] ?? "it"} holds no derivation`, {
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
    throw new PhaseCacheError("unsupported", `${name} is no derivation`, {
      hint: "name an attribute that is one",
    });
  throw new PhaseCacheError(
    "unsupported",
    `${name} was not made by stdenv.mkDerivation: the hook can't be added to it`,
    {
      hint: "it has no phases to save; build it with `nix build`",
    },
  );
}

/** The targets as `nix build` takes them; before 2.13 it knew no outputs of a derivation's file, and built them all. */
export function installablesOf(targets: readonly Target[], knowsOutputs: boolean): string[] {
  return targets.map(({ drvPath, outputs }) => (knowsOutputs ? `${drvPath}^${outputs.join(",")}` : drvPath));
}
