import { type Limits, type Member, unpackOne } from "./decoders.ts";
import { isZlib } from "./signatures.ts";

/** Where packed data may begin inside of something else: magics that are long enough not to be found everywhere. */
const streams = [
  { format: "gzip", magic: Buffer.from("\x1f\x8b\x08", "latin1") },
  { format: "xz", magic: Buffer.from("\xfd7zXZ\0", "latin1") },
  { format: "zstd", magic: Buffer.from("\x28\xb5\x2f\xfd", "latin1") },
  { format: "bzip2", magic: Buffer.from("1AY&SY", "latin1") },
];
/** Bytes from bzip2's beginning to the magic of its first block. */
const bzip2Head = 4;
/** More of them are not tried in one file. */
const mostStreams = 32;
/** Frameworks put a stream of zlib's behind a length or two. */
const zlibOffsets = [4, 8, 12, 16];

/** The first packed stream at or after an offset; null when there is none. */
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

/** Whether a file that is no archive may have packed data somewhere in it. */
export function mayEmbed(bytes: Buffer): boolean {
  return embeddedAt(bytes, 0) !== null || hasEarlyZlib(bytes);
}

/** What packed streams hold that stand somewhere in a file; those that are none cost little, and say nothing. */
export function* embedded(bytes: Buffer, limits: Limits): Generator<Member | "unsearched"> {
  const places = zlibOffsets
    .filter((at) => isZlib(bytes.subarray(at, at + 16)))
    .map((at) => ({ format: "zlib", at }));
  for (let next = embeddedAt(bytes, 0); next !== null && places.length < mostStreams; ) {
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
      // Bytes that only look so.
    }
  }
}
