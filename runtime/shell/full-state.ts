import { type Change, diffStates, type StateChange } from "./change.ts";
import type { StatePlan } from "./plan.ts";
import type { ShellState, Variable } from "./state.ts";

/** A shell that has nothing. */
export const emptyState: ShellState = {
  variables: new Map(),
  functions: new Map(),
  options: new Map(),
  cwd: "/",
  umask: "0022",
};

/** A whole state, as what changed in a shell that had nothing. */
export function fullChange(state: ShellState): StateChange {
  return diffStates(emptyState, state);
}

/** The state that a change came to, given the one that it started from. */
export function applyChange(state: ShellState, change: StateChange): ShellState {
  return {
    variables: applied(state.variables, change.variables),
    functions: applied(state.functions, change.functions),
    options: applied(state.options, change.options),
    cwd: change.cwd.after,
    umask: change.umask.after,
  };
}

function applied<K extends string, T>(
  values: ReadonlyMap<K, T>,
  changes: readonly Change<T>[],
): Map<string, T> {
  const result = new Map<string, T>(values);
  for (const { name, after } of changes) {
    if (after === null) result.delete(name);
    else result.set(name, after);
  }
  return result;
}

/** Any variable: what a shell has of which nothing is known. */
const something: Variable = { attributes: "", value: { kind: "unset" } };

/** What brings a whole state about in a bash of which nothing is known. */
export function planFullState({ variables, functions, options, umask, cwd }: ShellState): StatePlan {
  const settings = <T>(values: ReadonlyMap<string, T>, current: T | null) =>
    [...values].map(([name, wanted]) => ({ name, current, wanted }));
  return {
    variables: settings(variables, something),
    functions: settings(functions, null),
    options: settings(options, null),
    umask,
    cwd,
  };
}
