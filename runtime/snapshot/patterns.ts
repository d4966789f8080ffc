import type { Outputs } from "../key/derivation/outputs.ts";
import { wideForm } from "../layer/relocation/forms.ts";
import type { ByteString } from "../util/bytes.ts";
import { escapeRegExp } from "../util/regexp.ts";
import { hashLength } from "../util/store-path.ts";

/** Compilers copy constant strings in pieces of 8 or 16 bytes; the last piece may overlap the one before. */
const pieceLength = 8;
/** Shorter patterns occur everywhere: with a name of one character, the shortest partial hashes are left out. */
const shortestPartialHash = 4;

/** Splits the base name of a store path into the hash and the rest, `-name`. */
function split(storePath: ByteString): { hash: ByteString; name: ByteString } {
  const base = storePath.slice(storePath.lastIndexOf("/") + 1);
  return { hash: base.slice(0, hashLength), name: base.slice(hashLength) };
}

/** The partial hashes of an output: the end of the hash with the beginning of the name, as one piece may contain both. */
function partialHashes({ hash, name }: { hash: ByteString; name: ByteString }): ByteString[] {
  return Array.from({ length: pieceLength - 1 }, (_, i) => {
    const end = hash.slice(-(i + 1));
    return end + name.slice(0, pieceLength - end.length);
  }).filter(({ length }) => length >= shortestPartialHash);
}

function wide({ hash }: { hash: ByteString }): ByteString[] {
  return [wideForm(hash, 1), wideForm(hash, 3)];
}

/**
 * The patterns of a build's own output paths, in a fixed order: each output's hash, sorted by the outputs' names; the
 * compiler's random seed, which nixpkgs makes from the first ten characters of `$out`'s hash; each hash's partial hashes, as
 * found in the last piece of a constant string; and each hash as text with two and with four bytes per character.
 */
export function patternsOf(outputs: Outputs): ByteString[] {
  return patternsFrom(
    Object.keys(outputs)
      .sort()
      .map((name) => ({ output: name, ...split(outputs[name]!) })),
  );
}

function patternsFrom(
  paths: readonly { output: string; hash: ByteString; name: ByteString }[],
): ByteString[] {
  return [...hashPatterns(paths), ...paths.flatMap(partialHashes), ...paths.flatMap(wide)];
}

function hashPatterns(paths: readonly { output: string; hash: ByteString }[]): ByteString[] {
  const seeds = paths
    .filter(({ output }) => output === "out")
    .map(({ hash }) => `-frandom-seed=${hash.slice(0, 10)}`);
  return [...paths.map(({ hash }) => hash), ...seeds];
}

/** The first of these patterns: the hashes themselves, and the compiler's random seed. */
export function hashesOf(outputs: Outputs): ByteString[] {
  const names = Object.keys(outputs).sort();
  return hashPatterns(names.map((output) => ({ output, hash: split(outputs[output]!).hash })));
}

/**
 * The replacement for each of `from`'s patterns in a build with the outputs `to`. A pattern of an output that the new build
 * does not have is replaced by itself.
 */
export function replacements(from: Outputs, to: Outputs): ByteString[] {
  const outputs = Object.keys(from).sort();
  return patternsFrom(
    outputs.map((output) => {
      const path = split(from[output]!);
      return { output, name: path.name, hash: to[output] === undefined ? path.hash : split(to[output]).hash };
    }),
  );
}

/** Returns a function that replaces the old build's hashes by the new build's. */
export function relocator(from: Outputs, to: Outputs): (bytes: ByteString) => ByteString {
  const next = replacements(from, to);
  // One pass for all: replacing one after the other could replace a new hash again. Shell texts need no partial hashes,
  // which compilers write, and no wide forms, which contain NUL.
  const known = new Map(hashesOf(from).map((pattern, i) => [pattern, next[i]!]));
  const pattern = new RegExp([...known.keys()].map(escapeRegExp).join("|"), "g");
  return (bytes) => (known.size === 0 ? bytes : bytes.replace(pattern, (found) => known.get(found)!));
}
