import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { damaged, type PhaseCacheError } from "../../util/error.ts";
import type { LayerIndex, Relocation } from "../index/layer-index.ts";
import { isLayerPath, refused } from "../index/paths.ts";
import { splitHits } from "./partial-hashes.ts";
import { makeSearch } from "./search.ts";

/** The replacement for each pattern, of equal length, in the order of the patterns when the layer was saved. */
export interface Replacements {
  patterns: readonly { bytes: ByteString }[];
  replacements: readonly ByteString[];
}

/** Returns the patterns that change, with their replacements. */
function changes({ patterns, replacements }: Replacements): [ByteString, ByteString][] {
  return patterns.flatMap(({ bytes }, i) => {
    const replacement = replacements[i];
    if (replacement?.length !== bytes.length)
      throw new Error("a pattern and its replacement differ in length");
    return bytes === replacement ? [] : [[bytes, replacement] as [ByteString, ByteString]];
  });
}

/**
 * Relocates the paths and link targets of an index. Returns the same index if nothing changes.
 * @throws PhaseCacheError `refused` when a relocated path is not a layer path
 */
export function relocateIndex(index: LayerIndex, replacements: Replacements): LayerIndex {
  // What the search has found in the stream tells nothing about the paths of metadata.
  const isRelocated = index.relocations.length > 0 || index.metadata.length > 0;
  if (changes(replacements).length === 0 || !isRelocated) return index;
  const relocate = relocator(replacements);
  const relocatePath = (path: ByteString) => {
    const relocated = relocate(path);
    if (relocated !== path && !isLayerPath(relocated))
      throw refused(path, "its relocated path is not a path in a root");
    return relocated;
  };
  const entries = index.entries.map((entry) => {
    const path = relocatePath(entry.path);
    const target = relocate(entry.target);
    return path === entry.path && target === entry.target ? entry : { ...entry, path, target };
  });
  const metadata = index.metadata.map((one) => ({ ...one, path: relocatePath(one.path) }));
  const classes = index.classes.map((one) => ({ ...one, path: relocatePath(one.path) }));
  return { ...index, entries, metadata, removed: index.removed.map(relocatePath), classes };
}

/** Returns a function that relocates a text. It resolves overlapping patterns as saving and restoring a stream do. */
function relocator({ patterns, replacements }: Replacements): (text: ByteString) => ByteString {
  const wanted = patterns.map(({ bytes }) => toBytes(bytes));
  const search = makeSearch(wanted);
  return (text) => {
    if (!patterns.some(({ bytes }) => text.includes(bytes))) return text;
    const relocated = toBytes(text);
    // Names come from no compiler, so they contain no partial hashes.
    for (const { offset, pattern } of splitHits([search(relocated)], wanted).whole) {
      relocated.write(replacements[pattern]!, offset, "latin1");
    }
    return fromBytes(relocated);
  };
}

/** Replaces patterns in pieces of a plain tar stream, which must be passed in stream order. */
export class Patcher {
  readonly #relocations: readonly Relocation[];
  /** For each pattern its bytes and their replacement; null for one that does not change. */
  readonly #changes: readonly ({ before: Buffer; after: Buffer } | null)[];
  #next = 0;

  /** @throws PhaseCacheError `damaged` for relocations with an unknown pattern */
  constructor(relocations: readonly Relocation[], replacements: Replacements) {
    const { patterns } = replacements;
    const wanted = new Map(changes(replacements));
    if (relocations.some(({ pattern }) => pattern >= patterns.length)) throw wrongRelocation();
    this.#changes = patterns.map(({ bytes }) => {
      const after = wanted.get(bytes);
      return after === undefined ? null : { before: toBytes(bytes), after: toBytes(after) };
    });
    this.#relocations = relocations.filter(({ pattern }) => this.#changes[pattern] !== null);
  }

  /**
   * Patches `piece`, which begins at `start` in the stream.
   * @returns whether it changed
   * @throws PhaseCacheError `damaged` when the bytes at a relocation's offset are not the pattern
   */
  patch(piece: Uint8Array, start: number): boolean {
    const end = start + piece.length;
    let patched = false;
    for (; this.#next < this.#relocations.length; this.#next++) {
      const { offset, pattern } = this.#relocations[this.#next]!;
      if (offset >= end) break;
      const { before, after } = this.#changes[pattern]!;
      // The rest of a pattern that crosses the end of the piece is patched in the next piece.
      const from = Math.max(offset, start);
      const to = Math.min(offset + before.length, end);
      if (from < to) {
        const part = piece.subarray(from - start, to - start);
        if (before.compare(part, 0, part.length, from - offset, to - offset) !== 0) throw wrongRelocation();
        part.set(after.subarray(from - offset, to - offset));
        patched = true;
      }
      if (to < offset + before.length) break;
    }
    return patched;
  }
}

function wrongRelocation(): PhaseCacheError {
  return damaged("the index of a layer is damaged: a relocation is wrong");
}
