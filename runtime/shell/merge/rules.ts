import type { Change } from "../change.ts";
import { describeFunction, describeOption, describeVariable } from "../describe.ts";
import { keepsFinalValue } from "../excluded.ts";
import { type ShellFunction, sameFunction, sameVariable, type Variable } from "../state.ts";
import { extend } from "./extend.ts";
import { prepend } from "./prepend.ts";

/** How one kind of thing is compared, extended, set, and put into words. */
export interface Rules<T> {
  same: (a: T | null, b: T | null) => boolean;
  /** What the change comes to in a shell that starts with another value, if that can be told. */
  extend: (change: Change<T>, current: T | null) => { wanted: T | null } | null;
  /** Whether a shell that has this can have anything else. */
  settable: (current: T | null) => boolean;
  words: (value: T) => string;
}

const never = () => null;

const variableRules: Rules<Variable> = {
  same: sameVariable,
  extend: (change, current) => {
    const { before, after } = change;
    const prepended = prepend(change, current);
    if (prepended !== null) return { wanted: prepended };
    if (before === null || after === null || before.attributes !== current?.attributes) return null;
    const value = extend(before.value, after.value, current.value);
    return value === null ? null : { wanted: { attributes: after.attributes, value } };
  },
  settable: (current) => !current?.attributes.includes("r"),
  words: describeVariable,
};

const followedRules: Rules<Variable> = { ...variableRules, extend: ({ after }) => ({ wanted: after }) };

export function rulesFor(name: string): Rules<Variable> {
  return keepsFinalValue(name) ? followedRules : variableRules;
}

export const functionRules: Rules<ShellFunction> = {
  same: sameFunction,
  extend: never,
  settable: (current) => !current?.attributes.includes("r"),
  words: describeFunction,
};

export const optionRules: Rules<boolean> = {
  same: (a, b) => a === b,
  extend: never,
  // Another bash may not know the option.
  settable: (current) => current !== null,
  words: describeOption,
};

export const maskRules: Rules<string> = {
  same: (a, b) => a === b,
  extend: never,
  settable: () => true,
  words: String,
};
