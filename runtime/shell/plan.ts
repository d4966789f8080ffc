import type { ByteString } from "../util/bytes.ts";
import type { ShellFunction, ShellState, Variable } from "./state.ts";

/** A variable, function or option to set: its current and its wanted value; null where it does not exist. */
export interface Setting<T> {
  name: ByteString;
  current: T | null;
  wanted: T | null;
}

/** The state that `emitScript` sets. */
export interface StatePlan {
  variables: Setting<Variable>[];
  functions: Setting<ShellFunction>[];
  options: Setting<boolean>[];
  umask: string;
  cwd: ByteString;
}

/** Options that the script itself switches, or that change with posix mode, extdebug or GLOBIGNORE. */
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

/** Adds settings to `plan` that undo the side effects of applying it: they set what `initial` has. */
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
  const added = missing.flatMap((name) => {
    const current = initial.get(name);
    return current === undefined ? [] : [{ name, current, wanted: current }];
  });
  return [...settings, ...added];
}
