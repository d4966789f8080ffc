import { type Change, diffStates, type StateChange } from "./change.ts";
import type { StatePlan } from "./plan.ts";
import type { ShellState, Variable } from "./state.ts";

/** The state of a shell without variables, functions and options. */
export const emptyState: ShellState = {
  variables: new Map(),
  functions: new Map(),
  options: new Map(),
  cwd: "/",
  umask: "0022",
};

/** Returns a full state in the form of a change: the difference from the empty state. */
export function fullChange(state: ShellState): StateChange {
  return diffStates(emptyState, state);
}

/** Returns the state that results from a change, given the state before it. */
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

/** The current value of a variable about which nothing is known: it may exist. */
const unknown: Variable = { attributes: "", value: { kind: "unset" } };

/** Returns a plan that sets a full state in a bash about which nothing is known. */
export function planFullState({ variables, functions, options, umask, cwd }: ShellState): StatePlan {
  const settings = <T>(values: ReadonlyMap<string, T>, current: T | null) =>
    [...values].map(([name, wanted]) => ({ name, current, wanted }));
  return {
    variables: settings(variables, unknown),
    functions: settings(functions, null),
    options: settings(options, null),
    umask,
    cwd,
  };
}
