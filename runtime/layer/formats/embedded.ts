import { type Limits, type Member, unpackOne } from "./decoders.ts";
import { isZlib } from "./signatures.ts";

/** Streams that are searched for inside other files: formats whose magic is long enough to be rare by chance. */
const streams = [
  { format: "gzip", magic: Buffer.from("\x1f\x8b\x08", "latin1") },
  { format: "xz", magic: Buffer.from("\xfd7zXZ\0", "latin1") },
  { format: "zstd", magic: Buffer.from("\x28\xb5\x2f\xfd", "latin1") },
  { format: "bzip2", magic: Buffer.from("1AY&SY", "latin1") },
];
/** Bytes from the start of a bzip2 stream to the magic of its first block. */
const bzip2Head = 4;
/** Maximum number of streams that are tried in one file. */
const maxStreams = 32;
/** Where a zlib stream may begin: frameworks put it after one or two lengths. */
const zlibOffsets = [4, 8, 12, 16];

/** Finds the first compressed stream at or after an offset; null if there is none. */
function embeddedAt(bytes: Buffer, from: number): { format: string; at: number } | null {
  let first: { format: string; at: number } | null = null;
  for (const { format, magic } of streams) {
    const at = bytes.indexOf(magic, from);
    if (at >= 0 && (first === null || at < first.at)) first = { format, at };
  }
  return first;
}

function hasEarlyZlib(bytes: Buffer): boolean {
  return zlibOffsets.some((at) => isZlib(bytes.subarray(at, at + 16)));
}

/** Whether a file that is not an archive may contain compressed streams. */
export function mayEmbed(bytes: Buffer): boolean {
  return embeddedAt(bytes, 0) !== null || hasEarlyZlib(bytes);
}

/** Unpacks compressed streams inside another file. False matches fail early and are skipped. */
export function* embedded(bytes: Buffer, limits: Limits): Generator<Member | "unsearched"> {
  const places = zlibOffsets
    .filter((at) => isZlib(bytes.subarray(at, at + 16)))
    .map((at) => ({ format: "zlib", at }));
  for (let next = embeddedAt(bytes, 0); next !== null && places.length < maxStreams; ) {
    places.push(next);
    next = embeddedAt(bytes, next.at + 1);
  }
  for (const { format, at } of places) {
    const start = format === "bzip2" ? at - bzip2Head : at;
    if (start < 0) continue;
    try {
      for (const member of unpackOne(bytes.subarray(start), format, limits))
        if (member !== "unsearched") yield member;
    } catch {
      // A false match.
    }
  }
}
