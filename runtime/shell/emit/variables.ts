import type { Setting } from "../plan.ts";
import type { Item, Variable } from "../state.ts";
import { bashWord } from "./quote.ts";

/** Returns the commands that set one variable. They can't fail, given a change that `parseChange` accepted. */
export function emitVariable({ name, current, wanted }: Setting<Variable>): string[] {
  if (name === "DIRSTACK") return emitStack(itemsOf(wanted));
  if (name === "BASH_ALIASES") return emitAliases(itemsOf(wanted));
  const clear = current === null ? [] : [`\\builtin unset ${isReference(current) ? "-n" : "-v"} ${name}`];
  return wanted === null ? clear : [...clear, ...define(name, wanted)];
}

function isReference({ attributes }: Variable): boolean {
  return attributes.includes("n");
}

function itemsOf(variable: Variable | null): Item[] {
  return variable !== null && "items" in variable.value ? variable.value.items : [];
}

/**
 * Returns the commands that define a variable. They set the value before the attributes that would change or evaluate it
 * (`i l u c`), and before `r`. The value of an array is a plain assignment: every version of bash expands that once, unlike
 * an argument of `declare`.
 */
function define(name: string, { attributes, value }: Variable): string[] {
  if (value.kind === "unset") return [declare(name, attributes)];
  if (value.kind === "string" && /^[nrtx]*$/.test(attributes)) {
    return [`${declare(name, attributes)}=${bashWord(value.text)}`];
  }
  const others = attributes.replace(/[aA]/, "");
  const last = others === "" ? [] : [declare(name, others)];
  if (value.kind === "string") return [`${declare(name, "")}=${bashWord(value.text)}`, ...last];
  const items = value.kind === "indexed" ? value.items : insertionOrder(value.items);
  const words = items.map(
    ([key, text]) => `[${value.kind === "indexed" ? key : bashWord(key)}]=${bashWord(text)}`,
  );
  return [declare(name, value.kind === "indexed" ? "a" : "A"), `${name}=(${words.join(" ")})`, ...last];
}

function declare(name: string, attributes: string): string {
  return `\\builtin declare -g${attributes} ${name}`;
}

/**
 * Returns the items in the order in which to insert them. Bash iterates over a hash bucket from the newest key, so the last
 * key has to be inserted first. Above about two thousand keys, bash grows its table and the order is not preserved.
 */
function insertionOrder(items: Item[]): Item[] {
  return items.toReversed();
}

/** Returns the commands that set the directory stack. `pushd -n` inserts a directory below the working directory. */
function emitStack(items: Item[]): string[] {
  const pushes = items.toReversed().map(([, path]) => `\\builtin pushd -n ${bashWord(path)}`);
  return ["\\builtin dirs -c", ...pushes.map((push) => `${push} >/dev/null || \\builtin :`)];
}

function emitAliases(items: Item[]): string[] {
  return [
    "\\builtin unalias -a",
    ...items.map(([name, text]) => `\\builtin alias -- ${bashWord(`${name}=${text}`)} || \\builtin :`),
  ];
}
