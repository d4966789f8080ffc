import { existsSync } from "node:fs";
import type { Variable } from "../../shell/index.ts";
import type { ByteString } from "../../util/bytes.ts";
import { escapeRegExp } from "../../util/regexp.ts";

/** Random names in the build directory, made by setup hooks (`mktemp -d`): the saved build's name, this build's name. */
export type RandomNames = Map<ByteString, ByteString>;

/** A name made by mktemp or the like: it ends in six or more random characters. */
const random = "[\\w.+-]*[A-Za-z0-9]{6}";

/**
 * Returns the random names in which two values differ; null if there are other differences, or if this build has no files of
 * these names.
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

/** Extends `relocate` to replace the saved build's random names by this build's. */
export function withRandomNames(
  relocate: (bytes: ByteString) => ByteString,
  randomNames: RandomNames,
): (bytes: ByteString) => ByteString {
  if (randomNames.size === 0) return relocate;
  return (bytes) => {
    let relocated = relocate(bytes);
    for (const [from, to] of randomNames) relocated = relocated.replaceAll(from, to);
    return relocated;
  };
}

/** Finds the random names in variables before the first phase. Files that contain them can't be relocated. */
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

/** A search for shorter names would find them by accident. */
const shortestRandomName = 8;
