import type { InitialShell } from "./code/initial-shell.ts";
import { createScanner, type ScannerOptions } from "./code/scanner.ts";
import { findSplit, hookOf, isHookSet, partName, phaseOf, runsPhase, type Split } from "./code/split.ts";
import { parseStdenvFunctions } from "./code/stdenv-functions.ts";
import type { HookOptions } from "./hook-options.ts";

/** The phases of a build, and the hooks that are separate checkpoints. */
export interface SplitPhases {
  /** The phases. Next to each are the hooks that are parts: `checkPhase+preCheck`, `checkPhase`, `checkPhase+postCheck`. */
  phases: string[];
  /**
   * The phases that can be restored without the hook before or after them. Hooks before them are set; those after them need not
   * be, and have a part only if they are.
   */
  splits: Split[];
}

/**
 * Splits each phase that provably begins or ends with a hook into the hook and the rest. The hook at the end stays with the phase
 * if it may use what is local to the phase.
 * @param isOff whether a switch disables a phase when the build begins: its hooks are no parts
 * @param exported the exported variables: a local one of the same name is exported, too
 */
export function splitPhases(
  phases: readonly string[],
  isOff: (phase: string) => boolean,
  shell: InitialShell,
  exported: ReadonlySet<string>,
  options: Omit<ScannerOptions, "splits" | "wanted" | "commands">,
): SplitPhases {
  const scanner = createScanner(shell, { ...options, splits: [], wanted: [], commands: [] });
  const isSet = (hook: string | null) => hook !== null && isHookSet(hook, shell);
  // Bash and programs use variables such as IFS and LC_ALL that no text names.
  const isEnvironment = (name: string) => exported.has(name) || /^[A-Z_][A-Z0-9_]*$/.test(name);
  const isOnce = (phase: string) => phases.indexOf(phase) === phases.lastIndexOf(phase);
  const ofStdenv = parseStdenvFunctions(options.stdenvTexts);
  const isRoutine = (hook: string) => {
    const added = (shell.variables.get(`${hook}Hooks`) ?? "").split("\n").filter((name) => name !== "");
    return !shell.functions.has(hook) && !shell.variables.get(hook) && added.every(ofStdenv.has);
  };
  const splits = phases
    .filter((phase) => isOnce(phase) && !isOff(phase))
    .flatMap((phase) => {
      const { pre = null, post = null, runnerLocals = [], phaseLocals = [] } = findSplit(phase, shell) ?? {};
      const locals = [...runnerLocals, ...phaseLocals];
      const usesLocals = isSet(post) && (locals.some(isEnvironment) || scanner.usesLocals(post!, locals));
      const isSeparate = !usesLocals && runsPhase.test(shell.functions.get("runPhase") ?? "");
      const kinds = [...(isSet(pre) ? ["pre" as const] : []), ...(isSeparate ? ["post" as const] : [])];
      const split = findSplit(phase, shell, kinds);
      return split === null ? [] : [{ ...split, isRoutine: isSet(split.post) && isRoutine(split.post!) }];
    });
  const withParts = (phase: string) => {
    const { pre = null, post = null } = splits.find((split) => split.phase === phase) ?? {};
    return [
      ...(isSet(pre) ? [partName(phase, pre!)] : []),
      phase,
      ...(isSet(post) ? [partName(phase, post!)] : []),
    ];
  };
  return { phases: phases.flatMap(withParts), splits };
}

/** Returns first uses that begin with the hook before a phase, where that is a part: whoever names a phase means it as well. */
export function withFirstParts(
  uses: HookOptions["phaseCacheFirstUse"],
  phases: readonly string[],
): HookOptions["phaseCacheFirstUse"] {
  const firstOf = (named: string) =>
    hookOf(named) === null ? (phases.find((name) => phaseOf(name) === named) ?? named) : named;
  return new Map([...uses].map(([name, [phase]]) => [name, [firstOf(phase)]]));
}
