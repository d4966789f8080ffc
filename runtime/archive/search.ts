import type { Relocation } from "./layer-index.ts";
import { hashLength } from "./tail.ts";

/** Finds needles in a piece of the tar stream: `[offset, needle, offset, needle, …]`, by offset, overlaps included. */
export type Search = (bytes: Uint8Array) => number[];

/** Fibonacci hashing (Knuth, TAOCP 3, 6.4): the upper bits of a product with 2^32 divided by the golden ratio. */
const golden = 0x9e3779b1;
const slotBits = 16;

/** Where a needle begins, in relation to a word in it. */
interface Place {
  needle: number;
  /** Bytes of the needle before the word. */
  before: number;
}

/**
 * Prepares the search for all `needles` at once. Wherever a needle stands, a whole aligned word lies in it: only words
 * that a needle can have there are looked at twice.
 * @param needles of at least three bytes each; seven let it go through words of four bytes
 * @param merged how many of them, from the first on, `mergeHits` is to get: of these, a shorter one that begins in a hash
 *   is not reported. A file may name an output a hundred thousand times, and each hash has 25 pieces.
 */
export function makeSearch(needles: readonly Uint8Array[], merged = 0): Search {
  if (needles.length === 0) return () => [];
  const Words = Math.min(...needles.map(({ length }) => length)) >= 7 ? Int32Array : Int16Array;
  const size = Words.BYTES_PER_ELEMENT;
  const { places, slots } = tabulate(needles, Words);
  return (bytes) => {
    const hits: number[] = [];
    const first = (size - (bytes.byteOffset % size)) % size;
    const count = Math.max(0, Math.floor((bytes.length - first) / size));
    const words = new Words(bytes.buffer as ArrayBuffer, count === 0 ? 0 : bytes.byteOffset + first, count);
    let [from, to] = [0, 0];
    for (let i = 0; i < count; i++) {
      const word = words[i]!;
      if (slots[Math.imul(word, golden) >>> (32 - slotBits)] === 0) continue;
      for (const { needle, before } of places.get(word) ?? []) {
        const at = first + i * size - before;
        const { length } = needles[needle]!;
        if (needle < merged && at >= from && at < to && length < to - from) continue;
        if (!matches(bytes, at, needles[needle]!)) continue;
        hits.push(at, needle);
        if (length >= hashLength) [from, to] = [at, at + length];
      }
    }
    return hits;
  };
}

/** Where needles begin around a word, by offset, and which slots the words hash to. */
function tabulate(needles: readonly Uint8Array[], Words: typeof Int32Array | typeof Int16Array) {
  const places = new Map<number, Place[]>();
  const slots = new Uint8Array(1 << slotBits);
  const size = Words.BYTES_PER_ELEMENT;
  for (let before = size - 1; before >= 0; before--) {
    for (const [needle, bytes] of needles.entries()) {
      const word = new Words(Uint8Array.from(bytes.subarray(before, before + size)).buffer)[0]!;
      places.set(word, [...(places.get(word) ?? []), { needle, before }]);
      slots[Math.imul(word, golden) >>> (32 - slotBits)] = 1;
    }
  }
  return { places, slots };
}

function matches(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (at < 0 || at + needle.length > bytes.length) return false;
  for (let i = 0; i < needle.length; i++) if (bytes[at + i] !== needle[i]) return false;
  return true;
}

/**
 * Hits of several searches (see `Search`) in order of their offsets, each once. Of two that overlap the longer one
 * stays: a hash that a shorter needle holds the beginning of is patched whole.
 */
export function mergeHits(searches: readonly number[][], needles: readonly Uint8Array[]): Relocation[] {
  const all: Relocation[] = [];
  for (const hits of searches) {
    for (let i = 0; i < hits.length; i += 2) all.push({ offset: hits[i]!, needle: hits[i + 1]! });
  }
  const lengthOf = ({ needle }: Relocation) => needles[needle]!.length;
  all.sort((a, b) => a.offset - b.offset || lengthOf(b) - lengthOf(a));
  const merged: Relocation[] = [];
  for (const hit of all) {
    const last = merged.at(-1);
    if (last === undefined || last.offset + lengthOf(last) <= hit.offset) merged.push(hit);
    else if (lengthOf(hit) > lengthOf(last)) merged[merged.length - 1] = hit;
  }
  return merged;
}
