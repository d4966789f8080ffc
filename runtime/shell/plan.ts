import type { ByteString } from "../util/bytes.ts";
import type { ShellFunction, ShellState, Variable } from "./state.ts";

/** Something to set: what the shell has now, and what it is to have. Null: nothing of that name. */
export interface Setting<T> {
  name: ByteString;
  current: T | null;
  wanted: T | null;
}

/** What `emitScript` puts into bash. */
export interface StatePlan {
  variables: Setting<Variable>[];
  functions: Setting<ShellFunction>[];
  options: Setting<boolean>[];
  umask: string;
  cwd: ByteString;
}

/** Options that the script switches for its own sake, or that posix mode, extdebug or GLOBIGNORE switch. */
const disturbedOptions = [
  "set -o allexport",
  "set -o errtrace",
  "set -o functrace",
  "set -o interactive-comments",
  "set -o keyword",
  "set -o posix",
  "shopt dotglob",
  "shopt expand_aliases",
  "shopt extglob",
  "shopt inherit_errexit",
  "shopt shift_verbose",
  "shopt sourcepath",
];

/** `plan` with all that applying it would disturb: set to what `initial` has, unless the plan sets it anyway. */
export function resetSideEffects(plan: StatePlan, initial: ShellState): StatePlan {
  // Leaving posix mode unsets POSIXLY_CORRECT; changing directory sets OLDPWD.
  const names = ["POSIXLY_CORRECT", "OLDPWD"].filter((name) => initial.variables.has(name));
  return {
    ...plan,
    variables: withMissing(plan.variables, names, initial.variables),
    options: withMissing(plan.options, disturbedOptions, initial.options),
  };
}

function withMissing<T>(settings: Setting<T>[], names: string[], initial: Map<string, T>): Setting<T>[] {
  const missing = names.filter((name) => !settings.some((setting) => setting.name === name));
  const kept = missing.flatMap((name) => {
    const current = initial.get(name);
    return current === undefined ? [] : [{ name, current, wanted: current }];
  });
  return [...settings, ...kept];
}
