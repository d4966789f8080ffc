import type { ByteString } from "../util/bytes.ts";
import type { Change, StateChange } from "./change.ts";
import type { ShellFunction, Value, Variable } from "./state.ts";

type Relocate = (bytes: ByteString) => ByteString;

/**
 * Applies `relocate` to everything in a change that can contain paths: values, keys, functions, the working directory, and
 * names of functions, because a function's text contains its name.
 */
export function relocateChange(change: StateChange, relocate: Relocate): StateChange {
  const { cwd } = change;
  return {
    ...change,
    variables: change.variables.map((one) => both(one, (variable) => relocateVariable(variable, relocate))),
    functions: change.functions.map((one) => ({
      ...both(one, (f) => relocateFunction(f, relocate)),
      name: relocate(one.name),
    })),
    cwd: { before: relocate(cwd.before), after: relocate(cwd.after) },
  };
}

function both<T>({ name, before, after }: Change<T>, map: (value: T) => T): Change<T> {
  return { name, before: before === null ? null : map(before), after: after === null ? null : map(after) };
}

export function relocateFunction({ attributes, text }: ShellFunction, relocate: Relocate): ShellFunction {
  return { attributes, text: relocate(text) };
}

export function relocateVariable({ attributes, value }: Variable, relocate: Relocate): Variable {
  return { attributes, value: relocateValue(value, relocate) };
}

function relocateValue(value: Value, relocate: Relocate): Value {
  switch (value.kind) {
    case "unset":
      return value;
    case "string":
      return { kind: "string", text: relocate(value.text) };
    default:
      return { kind: value.kind, items: value.items.map(([key, text]) => [relocate(key), relocate(text)]) };
  }
}
