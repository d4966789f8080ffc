import type { Difference, Miss } from "./explain.ts";
import { ellipsis } from "./input.ts";

/** How many of the differing characters, and of the equal ones before and after them, are shown. */
const longestPart = 60;
const context = 12;
/** More differing words than this are shown as a text that changed. */
const mostWords = 6;

/** One line: `miss at configurePhase: configureFlags changed: --disable-nls → --enable-nls (and 2 more)`. */
export function formatMiss({ phase, differences }: Miss): string {
  const [first] = differences;
  if (first === undefined) return `miss at ${phase}`;
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : "";
  return `miss at ${phase}: ${formatDifference(first)}${more}`;
}

/**
 * One difference as a sentence without a full stop: `buildInputs: openssl-3.0.1 → openssl-3.0.2`; behind it, in
 * parentheses, why it matters so early, where that is not plain.
 */
export function formatDifference(difference: Difference): string {
  const { because } = difference;
  return `${formatChange(difference)}${because === undefined ? "" : ` (${because})`}`;
}

function formatChange({ name, kind, before = "", after = "" }: Difference): string {
  const element = elementOf(name);
  switch (kind) {
    case "added":
      return element === null ? `${name} added: ${shown(after)}` : `${element}: +${baseName(after)}`;
    case "removed":
      return element === null ? `${name} removed: ${shown(before)}` : `${element}: -${baseName(before)}`;
    case "moved":
      return `${name} is now first used in ${after}, not ${before}`;
    case "order":
      return `${name} reordered: ${shown(after)}`;
    case "changed":
      return element === null
        ? `${name} changed${change(before, after)}`
        : `${element}${change(before, after)}`;
  }
}

/** The dependency list that an input is an element of, by its name. */
function elementOf(name: string): string | null {
  return /^(deps\w+|\w*[iI]nputs)\./.exec(name)?.[1] ?? null;
}

const storePath = /^\/\S*\/([0-9a-z]{32})-([^/\s]+)(?:\/\S*)?$/;

/** A store path without directory and hash; any other text as it is. */
function baseName(text: string): string {
  return storePath.exec(text)?.[2] ?? shown(text);
}

/** `: old → new`, with no more of both than what differs; nothing when what is known of them is equal. */
function change(before: string, after: string): string {
  if (before === after) return "";
  const paths = [storePath.exec(before), storePath.exec(after)] as const;
  if (paths[0] !== null && paths[1] !== null)
    return `: ${pathName(paths[0], paths[1])} → ${pathName(paths[1], paths[0])}`;
  const words = wordChange(before, after);
  if (words !== null) return `: ${words}`;
  const [old, current] = differingParts(before, after);
  return `: ${shown(old)} → ${shown(current)}`;
}

/** The name in a store path, with some of its hash where the name alone does not tell it from the other. */
function pathName([text, hash, name]: RegExpExecArray, other: RegExpExecArray): string {
  if (name !== other[2]) return name!;
  return hash === other[1] ? text : `${hash!.slice(0, 7)}…-${name}`;
}

/** Flags and other short words that came and went: `--a → --b`, or `+--c -d`. Null where words tell nothing. */
function wordChange(before: string, after: string): string | null {
  if (/\\n|…/.test(before + after) || !/ |^-/.test(before + after)) return null;
  const old = before.split(" ").filter((word) => word !== "");
  const current = after.split(" ").filter((word) => word !== "");
  const removed = without(old, current);
  const added = without(current, old);
  const count = removed.length + added.length;
  if (count === 0 || count > mostWords) return null;
  if (removed.length === 1 && added.length === 1) return `${shown(removed[0]!)} → ${shown(added[0]!)}`;
  return [...added.map((word) => `+${shown(word)}`), ...removed.map((word) => `-${shown(word)}`)].join(" ");
}

/** The words of `list` that `others` has not, each as often as it is missing there. */
function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return list.filter((word) => {
    const index = left.indexOf(word);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** What differs, with a little of what is equal around it; an ellipsis stands for the rest. */
function differingParts(before: string, after: string): [string, string] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const head = start > context ? start - context : 0;
  const tail = end > context ? end - context : 0;
  const cut = (text: string) =>
    `${head > 0 ? ellipsis : ""}${text.slice(head, text.length - tail)}${tail > 0 ? ellipsis : ""}`;
  return [cut(before), cut(after)];
}

function shown(text: string): string {
  if (text === "") return "(empty)";
  if (text.length <= longestPart + 2 * context) return text;
  return `${text.slice(0, longestPart)}${ellipsis}${text.slice(-context)}`;
}
