import type { Difference, Miss } from "./explain.ts";
import { ellipsis } from "./input.ts";

/** Maximum number of differing characters to show, and number of equal characters before and after them. */
const maxPartLength = 60;
const context = 12;
/** Maximum number of differing words to show as words. */
const maxWords = 6;

/** Formats a miss: `miss at configurePhase: configureFlags changed: --disable-nls → --enable-nls (and 2 more)`. */
export function formatMiss({ phase, differences }: Miss): string {
  const [first] = differences;
  if (first === undefined) return `miss at ${phase}`;
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : "";
  return `miss at ${phase}: ${formatDifference(first)}${more}`;
}

/**
 * Formats a difference as a sentence without a full stop: `buildInputs: openssl-3.0.1 → openssl-3.0.2`. If there is a reason
 * why it matters to an early phase, that follows in parentheses.
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

/** Returns the dependency list of an element, given the name of the input; null for other inputs. */
function elementOf(name: string): string | null {
  return /^(deps\w+|\w*[iI]nputs)\./.exec(name)?.[1] ?? null;
}

const storePath = /^\/\S*\/([0-9a-z]{32})-([^/\s]+)(?:\/\S*)?$/;

/** Returns a store path without directory and hash, and any other text unchanged. */
function baseName(text: string): string {
  return storePath.exec(text)?.[2] ?? shown(text);
}

/** Returns `: old → new`, reduced to what differs; the empty text when the previews are equal. */
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

/** Returns the name in a store path, with a part of the hash if both paths have the same name. */
function pathName([text, hash, name]: RegExpExecArray, other: RegExpExecArray): string {
  if (name !== other[2]) return name!;
  return hash === other[1] ? text : `${hash!.slice(0, 7)}…-${name}`;
}

/** Returns the added and removed words: `--a → --b`, or `+--c -d`. Null for texts that are not lists of words. */
function wordChange(before: string, after: string): string | null {
  if (/\\n|…/.test(before + after) || !/ |^-/.test(before + after)) return null;
  const old = before.split(" ").filter((word) => word !== "");
  const current = after.split(" ").filter((word) => word !== "");
  const removed = without(old, current);
  const added = without(current, old);
  const count = removed.length + added.length;
  if (count === 0 || count > maxWords) return null;
  if (removed.length === 1 && added.length === 1) return `${shown(removed[0]!)} → ${shown(added[0]!)}`;
  return [...added.map((word) => `+${shown(word)}`), ...removed.map((word) => `-${shown(word)}`)].join(" ");
}

/** Returns the words of `list` that are missing from `others`, each as often as it is missing. */
function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return list.filter((word) => {
    const index = left.indexOf(word);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** Returns the parts that differ, with some equal characters around them, and an ellipsis for the rest. */
function differingParts(before: string, after: string): [string, string] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const cutStart = start > context ? start - context : 0;
  const cutEnd = end > context ? end - context : 0;
  const cut = (text: string) =>
    `${cutStart > 0 ? ellipsis : ""}${text.slice(cutStart, text.length - cutEnd)}${cutEnd > 0 ? ellipsis : ""}`;
  return [cut(before), cut(after)];
}

function shown(text: string): string {
  if (text === "") return "(empty)";
  if (text.length <= maxPartLength + 2 * context) return text;
  return `${text.slice(0, maxPartLength)}${ellipsis}${text.slice(-context)}`;
}
