import type { ByteString } from "../../util/bytes.ts";
import { sha256 } from "../../util/hash.ts";
import { escapeRegExp } from "../../util/regexp.ts";
import { hashLength, isNixHash, parseStoreName } from "../../util/store-path.ts";

/** Output names and their store paths. */
export type Outputs = Readonly<Record<string, ByteString>>;

/** The 32-character hash of each output's store path. Outputs that are not in a store have none. */
export function ownHashes(outputs: Outputs): Map<string, ByteString> {
  const hashes = new Map<string, ByteString>();
  for (const [name, path] of Object.entries(outputs)) {
    const hash = parseStoreName(path.slice(path.lastIndexOf("/") + 1))?.hash;
    if (hash !== undefined && isNixHash(hash)) hashes.set(name, hash);
  }
  return hashes;
}

/** What stands for an output's hash: as long as the hash, and made of the output's name alone. */
function placeholder(output: string): ByteString {
  const name = /^[\w.+-]{1,20}$/.test(output) ? output : sha256(output).slice(0, 20);
  return `<output-${name}>`.padEnd(hashLength, ".");
}

/**
 * A function that puts placeholders in the place of the derivation's own output hashes and of phasecache's own store
 * paths: neither may decide a key.
 */
export function masker(outputs: Outputs, ownPaths: readonly ByteString[]): (text: ByteString) => ByteString {
  const known = new Map<ByteString, ByteString>(ownPaths.map((path) => [path, "<phasecache>"]));
  for (const [name, hash] of ownHashes(outputs)) known.set(hash, placeholder(name));
  if (known.size === 0) return (text) => text;
  const pattern = new RegExp([...known.keys()].map((key) => escapeRegExp(key)).join("|"), "g");
  return (text) => text.replace(pattern, (found) => known.get(found)!);
}

/** `text` with the placeholders as short as they can be. */
export function shortPlaceholders(text: string): string {
  return text.replace(/(<output-[\w.+-]+>)\.*/g, "$1");
}
