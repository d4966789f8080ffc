import { escapeRegExp } from "./regexp.ts";

/** Store paths, `<store directory>/<hash>-<name>`: see the Nix manual, "Store path". */

/** Characters of a hash. */
export const hashLength = 32;

/** Wider than Nix's base 32, which has no e, o, t and u: see `isNixHash`. */
const hash = "[0-9a-z]{32}";
const name = "[A-Za-z0-9+._?=-]+";

/** Whether a text is the hash of a store path, and nothing else. */
export function isStoreHash(text: string): boolean {
  return new RegExp(`^${hash}$`).test(text);
}

/** Whether a hash consists of digits of Nix's base 32 alone. */
export function isNixHash(text: string): boolean {
  return isStoreHash(text) && !/[eotu]/.test(text);
}

/** The hash and the name in the last component of a store path; null when there are none. */
export function parseStoreName(component: string): { hash: string; name: string } | null {
  const [, found, rest] = new RegExp(`^(${hash})-(.+)$`, "s").exec(component) ?? [];
  return found === undefined || rest === undefined ? null : { hash: found, name: rest };
}

/** Whether a text is a store path of any store: no file below one. */
export function isStorePath(text: string): boolean {
  return new RegExp(`^(?:/[A-Za-z0-9+._-]+)+/${hash}-${name}$`).test(text);
}

/** Matches all store paths in a text that are of one of these stores. */
export function storePathsOf(storeDirectories: readonly string[]): RegExp {
  return new RegExp(`(?:${storeDirectories.map(escapeRegExp).join("|")})/${hash}-${name}`, "g");
}
