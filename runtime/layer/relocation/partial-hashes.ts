import { closeSync, openSync } from "node:fs";
import { diskPath, type Root } from "../../tree/entry.ts";
import type { ByteString } from "../../util/bytes.ts";
import { hashLength } from "../../util/store-path.ts";
import type { LayerEntry, Relocation } from "../index/layer-index.ts";
import { padded } from "../tar/header.ts";
import { classifyPartialHash, partialHashLength } from "./partial-hash.ts";
import { mergeHits } from "./search.ts";

/**
 * Merges the hits of searches (see `Search`), and separates those of partial hashes, which may be unrelated characters.
 * Drops partial hashes within other hits.
 */
export function splitHits(
  searches: readonly number[][],
  patterns: readonly Uint8Array[],
): { whole: Relocation[]; partial: Relocation[] } {
  const isPartial = patterns.map((pattern) => partialHashLength(pattern) > 0);
  const wholeHits = searches.map((hits) => hits.filter((_, i) => !isPartial[hits[i | 1]!]));
  const whole = mergeHits(wholeHits, patterns);
  const partial: Relocation[] = [];
  for (const hits of searches) {
    for (let i = 0; i < hits.length; i += 2) {
      if (isPartial[hits[i + 1]!]) partial.push({ offset: hits[i]!, pattern: hits[i + 1]! });
    }
  }
  partial.sort((a, b) => a.offset - b.offset || a.pattern - b.pattern);
  let next = 0;
  const isSeparate = ({ offset }: Relocation) => {
    while (next < whole.length && whole[next]!.offset + patterns[whole[next]!.pattern]!.length <= offset)
      next++;
    return next === whole.length || offset < whole[next]!.offset;
  };
  // Near a frame boundary, two searches find the same hit.
  const isNew = (hit: Relocation, i: number) =>
    hit.offset !== partial[i - 1]?.offset || hit.pattern !== partial[i - 1]?.pattern;
  return { whole, partial: partial.filter(isNew).filter(isSeparate) };
}

/** A layer that has been written, with what is needed to read its files again. */
export interface WrittenLayer {
  roots: readonly Root[];
  entries: readonly LayerEntry[];
  patterns: readonly Uint8Array[];
}

/**
 * Classifies partial hashes (see `classifyPartialHash`).
 * @param whole hits of all other patterns, by offset
 * @param partial hits of partial hashes, by offset
 * @returns the real references, and the layer paths of files with a hit that can't be classified: they are not
 *   relocatable
 */
export function classifyPartialHashes(
  { roots, entries, patterns }: WrittenLayer,
  whole: readonly Relocation[],
  partial: readonly Relocation[],
): { relocations: Relocation[]; notRelocatable: ByteString[] } {
  const relocations: Relocation[] = [];
  const notRelocatable: ByteString[] = [];
  let next = 0;
  for (const { path, size, end } of entries) {
    if (next === partial.length) break;
    const first = next;
    while (next < partial.length && partial[next]!.offset < end) next++;
    const start = end - padded(size);
    // Only contents: a compiler writes no names or link targets.
    const own = partial.slice(first, next).filter(({ offset }) => start <= offset);
    if (own.length === 0) continue;
    const hashes = whole.filter(
      ({ offset, pattern }) => start <= offset && offset < end && patterns[pattern]!.length === hashLength,
    );
    const classified = classifyInFile(
      diskPath(roots, path),
      moved(own, -start),
      moved(hashes, -start),
      patterns,
    );
    if (classified === null) notRelocatable.push(path);
    else relocations.push(...moved(classified, start));
  }
  return { relocations, notRelocatable };
}

function moved(hits: readonly Relocation[], by: number): Relocation[] {
  return hits.map(({ offset, pattern }) => ({ offset: offset + by, pattern }));
}

/** Returns the real references among a file's partial hashes; null if one can't be classified. */
function classifyInFile(
  path: Buffer,
  partial: readonly Relocation[],
  hashes: readonly Relocation[],
  patterns: readonly Uint8Array[],
): Relocation[] | null {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    const classified = [...byHashEnd(partial, patterns)].map(([hashEnd, found]) =>
      classifyPartialHash(fd, { hashEnd, found, hashes, patterns }),
    );
    return classified.includes("unknown")
      ? null
      : classified.filter((hit) => hit !== "unknown" && hit !== "unrelated");
  } finally {
    closeSync(fd);
  }
}

/**
 * Groups hits of partial hashes by where the hash would end: a search also finds the shorter ones within a longer
 * one.
 */
function byHashEnd(
  partial: readonly Relocation[],
  patterns: readonly Uint8Array[],
): Map<number, Relocation[]> {
  const groups = new Map<number, Relocation[]>();
  for (const hit of partial) {
    const end = hit.offset + partialHashLength(patterns[hit.pattern]!);
    groups.set(end, [...(groups.get(end) ?? []), hit]);
  }
  return groups;
}
