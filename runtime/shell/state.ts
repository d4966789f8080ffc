import type { ByteString } from "../util/bytes.ts";

/** One element of an array: its index (decimal digits) or key, and its value. */
export type Item = [key: ByteString, value: ByteString];

/** The value of a variable. Items are in the order in which bash iterates over the array. */
export type Value =
  | { kind: "unset" }
  | { kind: "string"; text: ByteString }
  | { kind: "indexed"; items: Item[] }
  | { kind: "associative"; items: Item[] };

export interface Variable {
  /** The letters of `declare`, sorted: `a` and `A` for arrays, and `c i l n r t u x`. */
  attributes: string;
  value: Value;
}

export interface ShellFunction {
  /** The letters `r`, `t` and `x`, sorted. */
  attributes: string;
  /** The output of `declare -f` for this function, without the last newline. */
  text: ByteString;
}

/** The state of a shell, without excluded variables and options: see `excluded.ts`. */
export interface ShellState {
  variables: Map<string, Variable>;
  functions: Map<ByteString, ShellFunction>;
  /** By `shopt NAME` or `set -o NAME`. */
  options: Map<string, boolean>;
  /** The logical working directory. */
  cwd: ByteString;
  /** Octal digits, as `umask` prints them. */
  umask: string;
}

export function sameVariable(a: Variable | null, b: Variable | null): boolean {
  if (a === null || b === null) return a === b;
  return a.attributes === b.attributes && sameValue(a.value, b.value);
}

export function sameFunction(a: ShellFunction | null, b: ShellFunction | null): boolean {
  if (a === null || b === null) return a === b;
  return a.attributes === b.attributes && a.text === b.text;
}

/** Compares values. The order of an associative array's keys does not count: it depends on how the array was built. */
export function sameValue(a: Value, b: Value): boolean {
  if (a.kind === "string") return b.kind === "string" && a.text === b.text;
  if (a.kind === "unset" || b.kind === "unset") return a.kind === b.kind;
  if (b.kind === "string" || a.kind !== b.kind || a.items.length !== b.items.length) return false;
  const values = new Map(b.items);
  return a.items.every(([key, value]) => values.get(key) === value);
}
