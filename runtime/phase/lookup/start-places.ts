import { existsSync } from "node:fs";
import type { Variable } from "../../shell/index.ts";
import type { ByteString } from "../../util/bytes.ts";
import { escapeRegExp } from "../../util/regexp.ts";

/** Names in the build directory that setup hooks made at random (`mktemp -d`): a saved build's, and this one's. */
export type RandomNames = Map<ByteString, ByteString>;

/** A name that mktemp or the like has made: six characters or more at its end that no one chose. */
const random = "[\\w.+-]*[A-Za-z0-9]{6}";

/**
 * The random names by which two values differ; null when they differ otherwise, or when this build has no such files.
 */
export function matchRandomNames(before: Variable, after: Variable, buildTop: string): RandomNames | null {
  const pattern = new RegExp(`(?<=${escapeRegExp(buildTop)}/)${random}(?![\\w.+-])`, "g");
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  if (old.replace(pattern, "") !== now.replace(pattern, "")) return null;
  const names = [old.match(pattern) ?? [], now.match(pattern) ?? []] as const;
  const randomNames: RandomNames = new Map();
  for (const [i, name] of names[0].entries()) {
    const current = names[1][i]!;
    if (name === current) continue;
    if (current.length !== name.length || !existsSync(`${buildTop}/${current}`)) return null;
    randomNames.set(name, current);
  }
  return randomNames;
}

/** `relocate`, and this build's randomNames for the other's. */
export function withRandomNames(
  relocate: (bytes: ByteString) => ByteString,
  randomNames: RandomNames,
): (bytes: ByteString) => ByteString {
  if (randomNames.size === 0) return relocate;
  return (bytes) => {
    let moved = relocate(bytes);
    for (const [from, to] of randomNames) moved = moved.replaceAll(from, to);
    return moved;
  };
}

/** The random names that variables hold before the first phase: what phases make of them can't be relocated in files. */
export function findRandomNames(variables: Iterable<Variable>, buildTop: string): ByteString[] {
  const pattern = new RegExp(`(?<=${escapeRegExp(buildTop)}/)${random}(?![\\w.+-])`, "g");
  const names = new Set<ByteString>();
  for (const { value } of variables) {
    const texts =
      value.kind === "string"
        ? [value.text]
        : value.kind === "unset"
          ? []
          : value.items.map(([, text]) => text);
    for (const text of texts) for (const name of text.match(pattern) ?? []) names.add(name);
  }
  return [...names].filter((name) => name.length >= shortestRandomName && existsSync(`${buildTop}/${name}`));
}

/** A shorter name would be found by accident. */
const shortestRandomName = 8;
