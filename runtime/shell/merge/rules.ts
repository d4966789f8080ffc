import type { Change } from "../change.ts";
import { describeFunction, describeOption, describeVariable } from "../describe.ts";
import { keepsFinalValue } from "../excluded.ts";
import { type ShellFunction, sameFunction, sameVariable, type Variable } from "../state.ts";
import { extend } from "./extend.ts";
import { prepend } from "./prepend.ts";

/** How to compare, extend, set and describe one kind of setting. */
export interface Rules<T> {
  same: (a: T | null, b: T | null) => boolean;
  /** Applies the change to another initial value; null where the result is ambiguous. */
  extend: (change: Change<T>, current: T | null) => { wanted: T | null } | null;
  /** Whether a shell in which the setting has this value can change it. */
  settable: (current: T | null) => boolean;
  /** Describes a value for people. */
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

const finalValueRules: Rules<Variable> = { ...variableRules, extend: ({ after }) => ({ wanted: after }) };

export function rulesFor(name: string): Rules<Variable> {
  return keepsFinalValue(name) ? finalValueRules : variableRules;
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
  // The new build's bash may not have the option.
  settable: (current) => current !== null,
  words: describeOption,
};

export const maskRules: Rules<string> = {
  same: (a, b) => a === b,
  extend: never,
  settable: () => true,
  words: String,
};
