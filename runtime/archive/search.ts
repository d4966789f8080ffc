import type { Relocation } from "./layer-index.ts";

/** Finds needles in a piece of the tar stream: `[offset, needle, offset, needle, …]`, by offset, overlaps included. */
export type Search = (bytes: Uint8Array) => number[];

/**
 * Prepares the search for all `needles` at once, after Wu and Manber ("A fast algorithm for multi-pattern searching",
 * 1994): a table says for each pair of bytes how far it stands at least from the end of any needle's first bytes, so
 * that nearly all of the text is skipped.
 *
 * Worker threads get this function as text: it must not refer to anything outside itself.
 * @param needles of at least two bytes each
 */
export function makeSearch(needles: readonly Uint8Array[]): Search {
  if (needles.length === 0) return () => [];
  const window = Math.min(...needles.map(({ length }) => length), 250);
  const shifts = new Uint8Array(65536).fill(window - 1);
  for (const needle of needles) {
    for (let end = 1; end < window; end++) {
      const pair = (needle[end - 1]! << 8) | needle[end]!;
      shifts[pair] = Math.min(shifts[pair]!, window - 1 - end);
    }
  }
  const matches = (bytes: Uint8Array, at: number, needle: Uint8Array) => {
    if (at + needle.length > bytes.length) return false;
    for (let i = 0; i < needle.length; i++) if (bytes[at + i] !== needle[i]) return false;
    return true;
  };
  return (bytes) => {
    const hits: number[] = [];
    for (let end = window - 1; end < bytes.length; ) {
      const shift = shifts[(bytes[end - 1]! << 8) | bytes[end]!]!;
      if (shift > 0) {
        end += shift;
        continue;
      }
      const at = end - window + 1;
      for (let n = 0; n < needles.length; n++) {
        if (matches(bytes, at, needles[n]!)) hits.push(at, n);
      }
      end++;
    }
    return hits;
  };
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
