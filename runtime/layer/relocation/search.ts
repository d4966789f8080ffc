import { hashLength } from "../../util/store-path.ts";
import type { Relocation } from "../index/layer-index.ts";

/** Finds patterns in a piece of the tar stream. Returns `[offset, pattern, offset, pattern, …]`, including overlaps. */
export type Search = (bytes: Uint8Array) => number[];

/** Number of words that are filtered at a time. */
const chunkSize = 1 << 16;
const groupSize = 4;
/** A filter of 2^17 bits fits into a processor's first-level cache, together with the searched data. */
const slotBits = 17;

/** The position of a word in a pattern. */
interface WordPosition {
  pattern: number;
  /** Bytes of the pattern before the word. */
  before: number;
}

/**
 * Prepares a search for all `patterns` at once. Every occurrence of a pattern contains a whole aligned word, so only
 * aligned words that some pattern contains are examined further.
 * @param patterns at least three bytes each; with at least seven, the search uses words of four bytes
 * @param merged number of patterns, from the first on, whose hits are passed to `mergeHits`. Of these, shorter ones
 *   that begin within a hash are not reported, nor are other patterns within a hash: a file may name an output a
 *   hundred thousand times, and each hash has 25 pieces.
 */
export function makeSearch(patterns: readonly Uint8Array[], merged = 0): Search {
  if (patterns.length === 0) return () => [];
  const Words = Math.min(...patterns.map(({ length }) => length)) >= 7 ? Int32Array : Int16Array;
  const size = Words.BYTES_PER_ELEMENT;
  const { filter, positionsOf } = tabulate(patterns, Words);
  const groups = new Int32Array(chunkSize / groupSize);
  return (bytes) => {
    const first = (size - (bytes.byteOffset % size)) % size;
    const count = Math.max(0, Math.floor((bytes.length - first) / size));
    const words = new Words(bytes.buffer as ArrayBuffer, count === 0 ? 0 : bytes.byteOffset + first, count);
    const hits: number[] = [];
    let [from, to] = [0, 0];
    const examine = (i: number) => {
      for (const { pattern, before } of positionsOf(words[i]!)) {
        const at = first + i * size - before;
        const { length } = patterns[pattern]!;
        const last = pattern < merged ? at + 1 : at + length;
        if (at >= from && last <= to && length < to - from) continue;
        if (!matches(bytes, at, patterns[pattern]!)) continue;
        hits.push(at, pattern);
        if (pattern < merged && length >= hashLength) [from, to] = [at, at + length];
      }
    };
    for (let start = 0; start < count; start += chunkSize) {
      const found = filterGroups(words, start, filter, groups);
      for (let n = 0; n < found; n++) {
        const end = Math.min(groups[n]! + groupSize, count);
        for (let i = groups[n]!; i < end; i++) {
          const slot = slotOf(words[i]!);
          if (((filter[slot >>> 5]! >>> slot) & 1) !== 0) examine(i);
        }
      }
    }
    return hits;
  };
}

/**
 * Applies the filter to a chunk of `words`, in groups. Writes the start of each group with a matching word into
 * `groups`, and returns their number. Matches are rare: one branch for four words takes half the time of four
 * branches.
 */
function filterGroups(
  words: Int32Array | Int16Array,
  start: number,
  filter: Int32Array,
  groups: Int32Array,
): number {
  const end = Math.min(words.length, start + chunkSize);
  const whole = end - (end % groupSize);
  let found = 0;
  for (let i = start; i < whole; i += groupSize) {
    const a = slotOf(words[i]!);
    const b = slotOf(words[i + 1]!);
    const c = slotOf(words[i + 2]!);
    const d = slotOf(words[i + 3]!);
    const any =
      (filter[a >>> 5]! >>> a) |
      (filter[b >>> 5]! >>> b) |
      (filter[c >>> 5]! >>> c) |
      (filter[d >>> 5]! >>> d);
    if ((any & 1) === 0) continue;
    groups[found] = i;
    found++;
  }
  if (whole < end) groups[found++] = whole;
  return found;
}

/**
 * Hashes a word (Fibonacci hashing; Knuth, TAOCP 3, 6.4): upper bits of the product with 2^32 divided by the golden
 * ratio.
 */
function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - slotBits);
}

const noPositions: readonly WordPosition[] = [];

/**
 * Builds the filter, with a bit for each slot that a pattern's word hashes to, and the table of positions of each
 * word.
 */
function tabulate(patterns: readonly Uint8Array[], Words: typeof Int32Array | typeof Int16Array) {
  const positions = new Map<number, WordPosition[]>();
  const size = Words.BYTES_PER_ELEMENT;
  for (let before = size - 1; before >= 0; before--) {
    for (const [pattern, bytes] of patterns.entries()) {
      const word = new Words(Uint8Array.from(bytes.subarray(before, before + size)).buffer)[0]!;
      positions.set(word, [...(positions.get(word) ?? []), { pattern, before }]);
    }
  }
  const filter = new Int32Array(1 << (slotBits - 5));
  for (const word of positions.keys()) filter[slotOf(word) >>> 5]! |= 1 << slotOf(word);
  return { filter, positionsOf: tableOf(positions) };
}

/** Converts a map to a faster lookup: open addressing, in a table that is at most half full. */
function tableOf(
  positions: ReadonlyMap<number, readonly WordPosition[]>,
): (word: number) => readonly WordPosition[] {
  const length = 2 ** Math.ceil(Math.log2(2 * positions.size));
  const words = new Int32Array(length);
  const found: (readonly WordPosition[])[] = new Array(length).fill(noPositions);
  const find = (word: number) => {
    let at = slotOf(word) & (length - 1);
    while (found[at] !== noPositions && words[at] !== word) at = (at + 1) & (length - 1);
    return at;
  };
  for (const [word, own] of positions) {
    const at = find(word);
    words[at] = word;
    found[at] = own;
  }
  return (word) => found[find(word)]!;
}

function matches(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  if (at < 0 || at + pattern.length > bytes.length) return false;
  for (let i = 0; i < pattern.length; i++) if (bytes[at + i] !== pattern[i]) return false;
  return true;
}

/**
 * Merges the hits of several searches (see `Search`), sorted by offset and without duplicates. Of two overlapping hits,
 * keeps the longer one: a hash whose beginning is also the end of a shorter pattern is patched as a whole.
 */
export function mergeHits(searches: readonly number[][], patterns: readonly Uint8Array[]): Relocation[] {
  const all: Relocation[] = [];
  for (const hits of searches) {
    for (let i = 0; i < hits.length; i += 2) all.push({ offset: hits[i]!, pattern: hits[i + 1]! });
  }
  const lengthOf = ({ pattern }: Relocation) => patterns[pattern]!.length;
  all.sort((a, b) => a.offset - b.offset || lengthOf(b) - lengthOf(a));
  const merged: Relocation[] = [];
  for (const hit of all) {
    const last = merged.at(-1);
    if (last === undefined || last.offset + lengthOf(last) <= hit.offset) merged.push(hit);
    else if (lengthOf(hit) > lengthOf(last)) merged[merged.length - 1] = hit;
  }
  return merged;
}
