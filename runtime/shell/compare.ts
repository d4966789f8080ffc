import type { ByteString } from "../util/bytes.ts";
import type { Change, StateChange } from "./change.ts";
import {
  type Description,
  describe,
  describeFunction,
  describeOption,
  describeText,
  describeVariable,
} from "./describe.ts";
import { sameFunction, sameValue, sameVariable, type Variable } from "./state.ts";

/** `+` only in the second state, `-` only in the first, `M` other value, `U` other attributes, `T` other kind of value. */
type Status = "+" | "-" | "M" | "U" | "T";

export interface StateDifference extends Description {
  status: Status;
}

/**
 * Compares the states that two changes lead to when they are applied to the same shell. Where only one of them changes
 * something, the other leaves it at the value before that change.
 */
export function compareChanges(before: StateChange, after: StateChange): StateDifference[] {
  const variables = pairs(before.variables, after.variables).filter(differing(sameVariable));
  const functions = pairs(before.functions, after.functions).filter(differing(sameFunction));
  const options = pairs(before.options, after.options).filter(differing((a, b) => a === b));
  const texts = [
    { kind: "umask", name: "umask", before: before.umask.after, after: after.umask.after },
    { kind: "cwd", name: "working directory", before: before.cwd.after, after: after.cwd.after },
  ] as const;
  return [
    ...variables.map((one) => ({
      status: variableStatus(one),
      ...describe("variable", one, describeVariable),
    })),
    ...functions.map((one) => ({ status: statusOf(one), ...describe("function", one, describeFunction) })),
    ...options.map((one) => ({ status: statusOf(one), ...describe("option", one, describeOption) })),
    ...texts
      .filter(differing((a, b) => a === b))
      .map((one) => ({ status: statusOf(one), ...describe(one.kind, one, describeText) })),
  ];
}

/** Returns everything that either change names, with the value that each leads to. */
function pairs<T>(before: readonly Change<T>[], after: readonly Change<T>[]): Change<T>[] {
  const [a, b] = [before, after].map((changes) => new Map(changes.map((one) => [one.name, one])));
  const names: ByteString[] = [...new Set([...a!.keys(), ...b!.keys()])].sort();
  return names.map((name) => {
    const [one, other] = [a!.get(name), b!.get(name)];
    return {
      name,
      before: (one === undefined ? other?.before : one.after) ?? null,
      after: (other === undefined ? one?.before : other.after) ?? null,
    };
  });
}

function differing<T>(same: (a: T | null, b: T | null) => boolean) {
  return ({ before, after }: { before: T | null; after: T | null }) => !same(before, after);
}

function statusOf({ before, after }: { before: unknown; after: unknown }): Status {
  return before === null ? "+" : after === null ? "-" : "M";
}

function variableStatus({ before, after }: Change<Variable>): Status {
  if (before === null || after === null) return statusOf({ before, after });
  if (before.value.kind !== after.value.kind) return "T";
  return sameValue(before.value, after.value) ? "U" : "M";
}
