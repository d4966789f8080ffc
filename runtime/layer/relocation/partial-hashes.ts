import { closeSync, openSync } from "node:fs";
import { diskPath, type Root } from "../../tree/entry.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { LayerEntry, Relocation } from "../index/layer-index.ts";
import { padded } from "../tar/header.ts";
import { hashLength, settleTail, tailLength } from "./partial-hash.ts";
import { mergeHits } from "./search.ts";

/** The hits of searches (see `Search`), those of tails apart: they may be accidents. Tails within other hits are none. */
export function splitHits(
  searches: readonly number[][],
  needles: readonly Uint8Array[],
): { sure: Relocation[]; tails: Relocation[] } {
  const isTail = needles.map((needle) => tailLength(needle) > 0);
  const sureHits = searches.map((hits) => hits.filter((_, i) => !isTail[hits[i | 1]!]));
  const sure = mergeHits(sureHits, needles);
  const tails: Relocation[] = [];
  for (const hits of searches) {
    for (let i = 0; i < hits.length; i += 2) {
      if (isTail[hits[i + 1]!]) tails.push({ offset: hits[i]!, needle: hits[i + 1]! });
    }
  }
  tails.sort((a, b) => a.offset - b.offset || a.needle - b.needle);
  let next = 0;
  const isApart = ({ offset }: Relocation) => {
    while (next < sure.length && sure[next]!.offset + needles[sure[next]!.needle]!.length <= offset) next++;
    return next === sure.length || offset < sure[next]!.offset;
  };
  // Near a frame's border two searches find the same.
  const isNew = (hit: Relocation, i: number) =>
    hit.offset !== tails[i - 1]?.offset || hit.needle !== tails[i - 1]?.needle;
  return { sure, tails: tails.filter(isNew).filter(isApart) };
}

/** A layer that has been written: what is needed to look at its files again. */
export interface Written {
  roots: readonly Root[];
  entries: readonly LayerEntry[];
  needles: readonly Uint8Array[];
}

/**
 * Tells tails of a hash from characters that happen to stand in front of the package's name (see `settleTail`).
 * @param sure hits of all else, by offset
 * @param tails by offset
 * @returns the tails, and the layer paths of files in which it can't be told, so that they can't be relocated
 */
export function settleTails(
  { roots, entries, needles }: Written,
  sure: readonly Relocation[],
  tails: readonly Relocation[],
): { relocations: Relocation[]; sealed: ByteString[] } {
  const relocations: Relocation[] = [];
  const sealed: ByteString[] = [];
  let next = 0;
  for (const { path, size, end } of entries) {
    if (next === tails.length) break;
    const first = next;
    while (next < tails.length && tails[next]!.offset < end) next++;
    const start = end - padded(size);
    // Names and link targets come from no compiler.
    const own = tails.slice(first, next).filter(({ offset }) => start <= offset);
    if (own.length === 0) continue;
    const whole = sure.filter(
      ({ offset, needle }) => start <= offset && offset < end && needles[needle]!.length === hashLength,
    );
    const settled = settleFile(diskPath(roots, path), moved(own, -start), moved(whole, -start), needles);
    if (settled === null) sealed.push(path);
    else relocations.push(...moved(settled, start));
  }
  return { relocations, sealed };
}

function moved(hits: readonly Relocation[], by: number): Relocation[] {
  return hits.map(({ offset, needle }) => ({ offset: offset + by, needle }));
}

/** The tails among a file's, by offsets in it; null where it can't be told. */
function settleFile(
  path: Buffer,
  tails: readonly Relocation[],
  hashes: readonly Relocation[],
  needles: readonly Uint8Array[],
): Relocation[] | null {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return null;
  }
  try {
    const settled = [...byHashEnd(tails, needles)].map(([hashEnd, found]) =>
      settleTail(fd, { hashEnd, found, hashes, needles }),
    );
    return settled.includes("unknown")
      ? null
      : settled.filter((tail) => tail !== "unknown" && tail !== "accident");
  } finally {
    closeSync(fd);
  }
}

/** Hits of tails by where the hash would end: of one tail the shorter ones are found as well. */
function byHashEnd(tails: readonly Relocation[], needles: readonly Uint8Array[]): Map<number, Relocation[]> {
  const groups = new Map<number, Relocation[]>();
  for (const hit of tails) {
    const end = hit.offset + tailLength(needles[hit.needle]!);
    groups.set(end, [...(groups.get(end) ?? []), hit]);
  }
  return groups;
}
