import type { ByteString } from "../util/bytes.ts";
import { type ShellFunction, type ShellState, sameFunction, sameVariable, type Variable } from "./state.ts";

/** One variable, function or option before and after; null where it did not exist. */
export interface Change<T> {
  name: ByteString;
  before: T | null;
  after: T | null;
}

/** What phases changed in a shell. It is plain data, and stored as such. */
export interface StateChange {
  variables: Change<Variable>[];
  functions: Change<ShellFunction>[];
  options: Change<boolean>[];
  umask: { before: string; after: string };
  cwd: { before: ByteString; after: ByteString };
}

/** Compares two states of a shell. */
export function diffStates(before: ShellState, after: ShellState): StateChange {
  const variables = differing(before.variables, after.variables, sameVariable);
  return {
    // No shell can change a variable that was readonly before, and no build could restore it.
    variables: variables.filter((change) => !change.before?.attributes.includes("r")),
    functions: differing(before.functions, after.functions, sameFunction),
    options: differing(before.options, after.options, (a, b) => a === b),
    umask: { before: before.umask, after: after.umask },
    cwd: { before: before.cwd, after: after.cwd },
  };
}

function differing<T>(
  before: Map<ByteString, T>,
  after: Map<ByteString, T>,
  same: (a: T | null, b: T | null) => boolean,
): Change<T>[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }))
    .filter((change) => !same(change.before, change.after));
}
