import type { Outputs } from "../key/outputs.ts";
import type { ByteString } from "../util/bytes.ts";

/** The 32 characters after the store directory in a store path. */
function hashOf(storePath: ByteString): ByteString {
  return storePath.slice(storePath.lastIndexOf("/") + 1).slice(0, 32);
}

/**
 * What a build leaves of its own output paths: each output's hash, in the order of the outputs' names, then the
 * compiler's random seed, which nixpkgs makes of the first ten characters of `$out`'s hash.
 */
export function needlesOf(outputs: Outputs): ByteString[] {
  const hashes = Object.keys(outputs)
    .sort()
    .map((name) => hashOf(outputs[name]!));
  return outputs.out === undefined
    ? hashes
    : [...hashes, `-frandom-seed=${hashOf(outputs.out).slice(0, 10)}`];
}

/**
 * What takes the place of each of `from`'s needles in a build with the outputs `to`; a needle of an output that the
 * new build does not have stands for itself.
 */
export function replacements(from: Outputs, to: Outputs): ByteString[] {
  return needlesOf(Object.fromEntries(Object.keys(from).map((name) => [name, to[name] ?? from[name]!])));
}

/** A function that puts the new build's hashes in the place of the old one's. */
export function relocator(from: Outputs, to: Outputs): (bytes: ByteString) => ByteString {
  const next = replacements(from, to);
  // One pass for all of them: replacing one after the other could replace what was just put in.
  const known = new Map(needlesOf(from).map((needle, i) => [needle, next[i]!]));
  const pattern = new RegExp(
    [...known.keys()].map((needle) => needle.replace(/[^A-Za-z0-9]/g, "\\$&")).join("|"),
    "g",
  );
  return (bytes) => (known.size === 0 ? bytes : bytes.replace(pattern, (found) => known.get(found)!));
}
