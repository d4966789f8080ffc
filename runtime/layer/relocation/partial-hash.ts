import { fstatSync } from "node:fs";
import { bytesBetween, type ObjectRange, objectAt } from "../formats/object-file.ts";
import type { Relocation } from "../index/layer-index.ts";

/** A store path's hash, in characters. */
export const hashLength = 32;
/** A compiler's pieces of a constant string have so many bytes, and lie at multiples of it in an object file. */
const pieceLength = 16;
/** Text has no zero byte so near to anything. */
const textReach = 64;

/** How many characters of a hash a needle has in front of the package's name; 0 when it is no tail. */
export function tailLength(needle: Uint8Array): number {
  return Math.max(0, needle.indexOf("-".charCodeAt(0)));
}

/** What a search has found in a file; offsets are the file's. */
export interface Candidate {
  /** Where the hash would end. */
  hashEnd: number;
  /** The tails that would be it, of different lengths. */
  found: readonly Relocation[];
  /** Whole hashes in the same file. */
  hashes: readonly Relocation[];
  needles: readonly Uint8Array[];
}

/**
 * Tells a hash's tail from characters that happen to stand in front of the package's name. A compiler that copies a
 * constant string in pieces (of the size of a vector register, in read-only data) lets the last one overlap the one
 * before it, so that it may begin inside the hash: such a piece lies at a multiple of its length, in an object file in
 * which the name behind a whole hash breaks off at such a multiple.
 * @returns `unknown` when it may be a tail or not, or of more than one length
 */
export function settleTail(fd: number, candidate: Candidate): Relocation | "accident" | "unknown" {
  const { hashEnd, found, needles } = candidate;
  // Where a file is sparse, offsets in it are others than in the layer.
  const isThere = ({ offset, needle }: Relocation) =>
    bytesBetween(fd, offset, offset + needles[needle]!.length).equals(needles[needle]!);
  if (!found.every(isThere)) return "unknown";
  const before = bytesBetween(fd, hashEnd - hashLength, hashEnd).toString("latin1");
  if (/^[0-9a-z]{32}$/.test(before)) return "accident";
  const object = objectAt(fd, fstatSync(fd).size, hashEnd);
  if (object === null) {
    const around = bytesBetween(fd, hashEnd - textReach, hashEnd + textReach);
    return around.includes(0) ? "unknown" : "accident";
  }
  if (!breaksOff(fd, object, candidate)) return "unknown";
  const begins = (offset: number) => (offset - object.start) % pieceLength === 0;
  // The piece begins with the name itself.
  if (begins(hashEnd)) return "accident";
  const [tail, other] = found.filter(({ offset }) => begins(offset));
  return tail === undefined || other !== undefined ? "unknown" : tail;
}

/** Whether the name behind a hash that may end so breaks off at the end of a piece. */
function breaksOff(fd: number, object: ObjectRange, { hashes, needles, found }: Candidate): boolean {
  const texts = needles.map((needle) => Buffer.from(needle).toString("latin1"));
  const ends = found.map(({ needle }) => texts[needle]!.slice(0, tailLength(needles[needle]!)));
  // The shortest tail has the longest part of the name behind it.
  const names = found.map(({ needle }) => texts[needle]!.slice(tailLength(needles[needle]!)));
  const name = names.reduce((longest, other) => (other.length > longest.length ? other : longest));
  return hashes.some(({ offset, needle }) => {
    if (offset < object.start || offset >= object.end || !ends.some((end) => texts[needle]!.endsWith(end)))
      return false;
    const nameStart = offset + hashLength;
    const left = (pieceLength - ((nameStart - object.start) % pieceLength)) % pieceLength;
    const behind = bytesBetween(fd, nameStart, nameStart + name.length).toString("latin1");
    return (
      left > 0 && left < name.length && behind.startsWith(name.slice(0, left)) && behind[left] !== name[left]
    );
  });
}
