import { fstatSync } from "node:fs";
import { hashLength, isStoreHash } from "../../util/store-path.ts";
import { bytesBetween, type ObjectRange, objectAt } from "../formats/object-file.ts";
import type { Relocation } from "../index/layer-index.ts";

/**
 * Bytes of the pieces into which compilers split a constant string. In an object file, pieces lie at multiples of this
 * length.
 */
const pieceLength = 16;
/** In text, there is no zero byte within this distance of a hit, in bytes. */
const textReach = 64;

/**
 * Returns the number of characters of a hash in front of the package's name; 0 if the pattern is not a partial hash.
 */
export function partialHashLength(pattern: Uint8Array): number {
  return Math.max(0, pattern.indexOf("-".charCodeAt(0)));
}

/** Hits in a file that may be a partial hash. Offsets are those in the file. */
export interface Candidate {
  /** Where the hash would end. */
  hashEnd: number;
  /** Hits of partial hashes that end there, of different lengths. */
  found: readonly Relocation[];
  /** Hits of whole hashes in the same file. */
  hashes: readonly Relocation[];
  patterns: readonly Uint8Array[];
}

/**
 * Classifies a partial hash: a real reference, or unrelated characters in front of the package's name. A compiler
 * that copies a constant string in pieces (of the size of a vector register, in read-only data) lets the last piece
 * overlap the previous one, so that it may begin inside the hash. Such a piece lies at a multiple of its length, in
 * an object file in which the name after a whole hash breaks off at such a multiple.
 * @returns the hit of the real reference, `unrelated` for unrelated characters, `unknown` if it may be either, or if
 *   more than one length matches
 */
export function classifyPartialHash(fd: number, candidate: Candidate): Relocation | "unrelated" | "unknown" {
  const { hashEnd, found, hashes, patterns } = candidate;
  // In a sparse file, offsets differ from those in the layer.
  const matchesPattern = ({ offset, pattern }: Relocation) =>
    bytesBetween(fd, offset, offset + patterns[pattern]!.length).equals(patterns[pattern]!);
  if (!found.every(matchesPattern)) return "unknown";
  const before = bytesBetween(fd, hashEnd - hashLength, hashEnd).toString("latin1");
  if (isStoreHash(before)) return "unrelated";
  const object = objectAt(fd, fstatSync(fd).size, hashEnd);
  if (object === null) {
    const around = bytesBetween(fd, hashEnd - textReach, hashEnd + textReach);
    if (!around.includes(0)) return "unrelated";
    // A word like "golang-hello". The other pieces of a hash would be found too: as a whole hash, or as foreign forms.
    const start = Math.min(...found.map(({ offset }) => offset));
    const isWord = /[0-9A-Za-z]/.test(bytesBetween(fd, start - 1, start).toString("latin1"));
    return hashes.length === 0 && isWord ? "unrelated" : "unknown";
  }
  if (!nameBreaksOff(fd, object, candidate)) return "unknown";
  const begins = (offset: number) => (offset - object.start) % pieceLength === 0;
  // The piece begins with the name itself, so the characters before it belong to something else.
  if (begins(hashEnd)) return "unrelated";
  const [hit, other] = found.filter(({ offset }) => begins(offset));
  return hit === undefined || other !== undefined ? "unknown" : hit;
}

/** Whether, after a whole hash with the same end, the name breaks off at the end of a piece. */
function nameBreaksOff(fd: number, object: ObjectRange, { hashes, patterns, found }: Candidate): boolean {
  const texts = patterns.map((pattern) => Buffer.from(pattern).toString("latin1"));
  const ends = found.map(({ pattern }) => texts[pattern]!.slice(0, partialHashLength(patterns[pattern]!)));
  // The shortest partial hash is followed by the longest part of the name.
  const names = found.map(({ pattern }) => texts[pattern]!.slice(partialHashLength(patterns[pattern]!)));
  const name = names.reduce((longest, other) => (other.length > longest.length ? other : longest));
  return hashes.some(({ offset, pattern }) => {
    if (offset < object.start || offset >= object.end || !ends.some((end) => texts[pattern]!.endsWith(end)))
      return false;
    const nameStart = offset + hashLength;
    const left = (pieceLength - ((nameStart - object.start) % pieceLength)) % pieceLength;
    const behind = bytesBetween(fd, nameStart, nameStart + name.length).toString("latin1");
    return (
      left > 0 && left < name.length && behind.startsWith(name.slice(0, left)) && behind[left] !== name[left]
    );
  });
}
