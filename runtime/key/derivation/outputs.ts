import type { ByteString } from "../../util/bytes.ts";
import { sha256 } from "../../util/hash.ts";
import { escapeRegExp } from "../../util/regexp.ts";
import { hashLength, isNixHash, parseStoreName } from "../../util/store-path.ts";

/** Output names and their store paths. */
export type Outputs = Readonly<Record<string, ByteString>>;

/** Returns the hash of each output's store path. Outputs that are not in a store have none. */
export function ownHashes(outputs: Outputs): Map<string, ByteString> {
  const hashes = new Map<string, ByteString>();
  for (const [name, path] of Object.entries(outputs)) {
    const hash = parseStoreName(path.slice(path.lastIndexOf("/") + 1))?.hash;
    if (hash !== undefined && isNixHash(hash)) hashes.set(name, hash);
  }
  return hashes;
}

/** Returns the placeholder for an output's hash. It has the hash's length, and depends only on the output's name. */
function placeholder(output: string): ByteString {
  const name = /^[\w.+-]{1,20}$/.test(output) ? output : sha256(output).slice(0, 20);
  return `<output-${name}>`.padEnd(hashLength, ".");
}

/**
 * Returns a function that replaces the derivation's own output hashes and phasecache's own store paths by placeholders,
 * because neither may affect a key.
 */
export function masker(outputs: Outputs, ownPaths: readonly ByteString[]): (text: ByteString) => ByteString {
  const known = new Map<ByteString, ByteString>(ownPaths.map((path) => [path, "<phasecache>"]));
  for (const [name, hash] of ownHashes(outputs)) known.set(hash, placeholder(name));
  if (known.size === 0) return (text) => text;
  const pattern = new RegExp([...known.keys()].map((key) => escapeRegExp(key)).join("|"), "g");
  return (text) => text.replace(pattern, (found) => known.get(found)!);
}

/** Shortens the placeholders in a text, by removing their padding. */
export function shortPlaceholders(text: string): string {
  return text.replace(/(<output-[\w.+-]+>)\.*/g, "$1");
}
