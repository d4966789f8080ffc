import { escapeRegExp } from "./regexp.ts";

/** Store paths, `<store directory>/<hash>-<name>`: see the Nix manual, "Store path". */

/** Length of the hash, in characters. */
export const hashLength = 32;

/** Accepts more than Nix's base 32, which has no e, o, t and u: see `isNixHash`. */
const hash = "[0-9a-z]{32}";
const name = "[A-Za-z0-9+._?=-]+";
// Compiled once: keys and relocation ask for many texts.
const wholeHash = new RegExp(`^${hash}$`);
const storeName = new RegExp(`^(${hash})-(.+)$`, "s");
const storePath = new RegExp(`^(?:/[A-Za-z0-9+._-]+)+/${hash}-${name}$`);

/** Whether a text has the form of a store path's hash. */
export function isStoreHash(text: string): boolean {
  return wholeHash.test(text);
}

/** Whether a text is a hash in Nix's base 32. */
export function isNixHash(text: string): boolean {
  return isStoreHash(text) && !/[eotu]/.test(text);
}

/** Splits the last component of a store path into hash and name. Returns null for any other text. */
export function parseStoreName(component: string): { hash: string; name: string } | null {
  const [, found, rest] = storeName.exec(component) ?? [];
  return found === undefined || rest === undefined ? null : { hash: found, name: rest };
}

/** Whether a text is a store path, of any store. A path below a store path is not. */
export function isStorePath(text: string): boolean {
  return storePath.test(text);
}

/** Returns a regular expression that matches every store path of these stores in a text. */
export function storePathsOf(storeDirectories: readonly string[]): RegExp {
  return new RegExp(`(?:${storeDirectories.map(escapeRegExp).join("|")})/${hash}-${name}`, "g");
}
