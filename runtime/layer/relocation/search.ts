import { hashLength } from "../../util/store-path.ts";
import type { Relocation } from "../index/layer-index.ts";

/** Finds patterns in a piece of the tar stream: `[offset, pattern, offset, pattern, …]`, by offset, overlaps included. */
export type Search = (bytes: Uint8Array) => number[];

/** So many words are sifted at a time. */
const chunkSize = 1 << 16;
const groupSize = 4;
/** 2^17 bits fit beside what is searched into a processor's first-level cache. */
const slotBits = 17;

/** Where a pattern begins, in relation to a word in it. */
interface Place {
  pattern: number;
  /** Bytes of the pattern before the word. */
  before: number;
}

/**
 * Prepares the search for all `patterns` at once. Wherever a pattern stands, a whole aligned word lies in it: only words
 * that a pattern can have there are looked at twice.
 * @param patterns of at least three bytes each; seven let it go through words of four bytes
 * @param merged how many of them, from the first on, `mergeHits` is to get: of these, a shorter one that begins in a hash
 *   is not reported, nor is another pattern that lies in one. A file may name an output a hundred thousand times, and each
 *   hash has 25 pieces.
 */
export function makeSearch(patterns: readonly Uint8Array[], merged = 0): Search {
  if (patterns.length === 0) return () => [];
  const Words = Math.min(...patterns.map(({ length }) => length)) >= 7 ? Int32Array : Int16Array;
  const size = Words.BYTES_PER_ELEMENT;
  const { filter, placesOf } = tabulate(patterns, Words);
  const groups = new Int32Array(chunkSize / groupSize);
  return (bytes) => {
    const first = (size - (bytes.byteOffset % size)) % size;
    const count = Math.max(0, Math.floor((bytes.length - first) / size));
    const words = new Words(bytes.buffer as ArrayBuffer, count === 0 ? 0 : bytes.byteOffset + first, count);
    const hits: number[] = [];
    let [from, to] = [0, 0];
    const look = (i: number) => {
      for (const { pattern, before } of placesOf(words[i]!)) {
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
      const found = sift(words, start, filter, groups);
      for (let n = 0; n < found; n++) {
        const end = Math.min(groups[n]! + groupSize, count);
        for (let i = groups[n]!; i < end; i++) {
          const slot = slotOf(words[i]!);
          if (((filter[slot >>> 5]! >>> slot) & 1) !== 0) look(i);
        }
      }
    }
    return hits;
  };
}

/**
 * Goes through a chunk of `words` in groups, and writes into `groups` where those begin that have a word that passes the
 * filter. Returns how many. Hardly any does: one branch for four words takes half the time of four.
 */
function sift(words: Int32Array | Int16Array, start: number, filter: Int32Array, groups: Int32Array): number {
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

/** Fibonacci hashing (Knuth, TAOCP 3, 6.4): the upper bits of a product with 2^32 divided by the golden ratio. */
function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - slotBits);
}

const nowhere: readonly Place[] = [];

/** A bit for each slot that a pattern's word hashes to, and where patterns begin around a word. */
function tabulate(patterns: readonly Uint8Array[], Words: typeof Int32Array | typeof Int16Array) {
  const places = new Map<number, Place[]>();
  const size = Words.BYTES_PER_ELEMENT;
  for (let before = size - 1; before >= 0; before--) {
    for (const [pattern, bytes] of patterns.entries()) {
      const word = new Words(Uint8Array.from(bytes.subarray(before, before + size)).buffer)[0]!;
      places.set(word, [...(places.get(word) ?? []), { pattern, before }]);
    }
  }
  const filter = new Int32Array(1 << (slotBits - 5));
  for (const word of places.keys()) filter[slotOf(word) >>> 5]! |= 1 << slotOf(word);
  return { filter, placesOf: tableOf(places) };
}

/** What a map has for a word, at a fraction of the time: open addressing, in a table that is at most half full. */
function tableOf(places: ReadonlyMap<number, readonly Place[]>): (word: number) => readonly Place[] {
  const length = 2 ** Math.ceil(Math.log2(2 * places.size));
  const words = new Int32Array(length);
  const found: (readonly Place[])[] = new Array(length).fill(nowhere);
  const find = (word: number) => {
    let at = slotOf(word) & (length - 1);
    while (found[at] !== nowhere && words[at] !== word) at = (at + 1) & (length - 1);
    return at;
  };
  for (const [word, own] of places) {
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
 * Hits of several searches (see `Search`) in order of their offsets, each once. Of two that overlap the longer one
 * stays: a hash that a shorter pattern holds the beginning of is patched whole.
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
