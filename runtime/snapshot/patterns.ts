import type { Outputs } from "../key/derivation/outputs.ts";
import { wideForm } from "../layer/relocation/forms.ts";
import type { ByteString } from "../util/bytes.ts";
import { escapeRegExp } from "../util/regexp.ts";
import { hashLength } from "../util/store-path.ts";

/** Compilers copy constant strings in pieces of 8 or 16 bytes, the last of which may overlap the one before. */
const pieceLength = 8;
/** Fewer characters are found everywhere: a name of one character has no partial hash of one. */
const shortestPartialHash = 4;

/** What is left of a store path without its directory: the hash, and `-name` behind it. */
function split(storePath: ByteString): { hash: ByteString; name: ByteString } {
  const base = storePath.slice(storePath.lastIndexOf("/") + 1);
  return { hash: base.slice(0, hashLength), name: base.slice(hashLength) };
}

/** The ends of a hash with the beginning of the name behind it, as far as one piece may hold both. */
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
 * What a build leaves of its own output paths, in a fixed order: each output's hash, by the outputs' names; the
 * compiler's random seed, which nixpkgs makes of the first ten characters of `$out`'s hash; each hash's ends (partial hashes), as they
 * stand in the last piece of a constant string; and each hash as text of two and of four bytes a character.
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

/** Of these patterns the first ones: the hashes themselves, and the compiler's random seed. */
export function hashesOf(outputs: Outputs): ByteString[] {
  const names = Object.keys(outputs).sort();
  return hashPatterns(names.map((output) => ({ output, hash: split(outputs[output]!).hash })));
}

/**
 * What takes the place of each of `from`'s patterns in a build with the outputs `to`; a pattern of an output that the
 * new build does not have stands for itself.
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

/** A function that puts the new build's hashes in the place of the old one's. */
export function relocator(from: Outputs, to: Outputs): (bytes: ByteString) => ByteString {
  const next = replacements(from, to);
  // One pass for all of them: replacing one after the other could replace what was just put in. Compilers write no
  // texts, so there are no partial hashes to look for, and no text of bash has a NUL.
  const known = new Map(hashesOf(from).map((pattern, i) => [pattern, next[i]!]));
  const pattern = new RegExp([...known.keys()].map(escapeRegExp).join("|"), "g");
  return (bytes) => (known.size === 0 ? bytes : bytes.replace(pattern, (found) => known.get(found)!));
}
