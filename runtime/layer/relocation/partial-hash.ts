import { fstatSync } from "node:fs";
import { hashLength, isStoreHash } from "../../util/store-path.ts";
import { bytesBetween, type ObjectRange, objectAt } from "../formats/object-file.ts";
import type { Relocation } from "../index/layer-index.ts";

/** A compiler's pieces of a constant string have so many bytes, and lie at multiples of it in an object file. */
const pieceLength = 16;
/** Text has no zero byte so near to anything. */
const textReach = 64;

/** How many characters of a hash a pattern has in front of the package's name; 0 when it is no partial hash. */
export function partialHashLength(pattern: Uint8Array): number {
  return Math.max(0, pattern.indexOf("-".charCodeAt(0)));
}

/** What a search has found in a file; offsets are the file's. */
export interface Candidate {
  /** Where the hash would end. */
  hashEnd: number;
  /** The partial hashes that end there, of different lengths. */
  found: readonly Relocation[];
  /** Whole hashes in the same file. */
  hashes: readonly Relocation[];
  patterns: readonly Uint8Array[];
}

/**
 * Classifies a partial hash: a real reference, or unrelated characters in front of the package's name. A compiler that copies a
 * constant string in pieces (of the size of a vector register, in read-only data) lets the last one overlap the one
 * before it, so that it may begin inside the hash: such a piece lies at a multiple of its length, in an object file in
 * which the name behind a whole hash breaks off at such a multiple.
 * @returns the hit of the real reference, `accident` for unrelated characters, `unknown` when it may be either, or of
 *   more than one length
 */
export function classifyPartialHash(fd: number, candidate: Candidate): Relocation | "accident" | "unknown" {
  const { hashEnd, found, patterns } = candidate;
  // Where a file is sparse, offsets in it are others than in the layer.
  const isThere = ({ offset, pattern }: Relocation) =>
    bytesBetween(fd, offset, offset + patterns[pattern]!.length).equals(patterns[pattern]!);
  if (!found.every(isThere)) return "unknown";
  const before = bytesBetween(fd, hashEnd - hashLength, hashEnd).toString("latin1");
  if (isStoreHash(before)) return "accident";
  const object = objectAt(fd, fstatSync(fd).size, hashEnd);
  if (object === null) {
    const around = bytesBetween(fd, hashEnd - textReach, hashEnd + textReach);
    return around.includes(0) ? "unknown" : "accident";
  }
  if (!breaksOff(fd, object, candidate)) return "unknown";
  const begins = (offset: number) => (offset - object.start) % pieceLength === 0;
  // The piece begins with the name itself.
  if (begins(hashEnd)) return "accident";
  const [hit, other] = found.filter(({ offset }) => begins(offset));
  return hit === undefined || other !== undefined ? "unknown" : hit;
}

/** Whether the name behind a hash that may end so breaks off at the end of a piece. */
function breaksOff(fd: number, object: ObjectRange, { hashes, patterns, found }: Candidate): boolean {
  const texts = patterns.map((pattern) => Buffer.from(pattern).toString("latin1"));
  const ends = found.map(({ pattern }) => texts[pattern]!.slice(0, partialHashLength(patterns[pattern]!)));
  // The shortest partial hash has the longest part of the name behind it.
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
