import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { damaged, type PhaseCacheError } from "../../util/error.ts";
import type { LayerIndex, Relocation } from "../index/layer-index.ts";
import { isLayerPath, refused } from "../index/paths.ts";
import { splitHits } from "./partial-hashes.ts";
import { makeSearch } from "./search.ts";

/** What to put in the place of each pattern, in the order that the layer was saved with; of equal lengths. */
export interface Replacements {
  patterns: readonly { bytes: ByteString }[];
  replacements: readonly ByteString[];
}

/** The patterns that something else takes the place of. */
function changes({ patterns, replacements }: Replacements): [ByteString, ByteString][] {
  return patterns.flatMap(({ bytes }, i) => {
    const replacement = replacements[i];
    if (replacement?.length !== bytes.length)
      throw new Error("a pattern and its replacement differ in length");
    return bytes === replacement ? [] : [[bytes, replacement] as [ByteString, ByteString]];
  });
}

/**
 * An index with relocated paths and link targets; the same one when nothing changes.
 * @throws PhaseCacheError `refused` when a path then is no layer path
 */
export function relocateIndex(index: LayerIndex, replacements: Replacements): LayerIndex {
  if (changes(replacements).length === 0 || index.relocations.length === 0) return index;
  const relocate = relocator(replacements);
  const relocatePath = (path: ByteString) => {
    const relocated = relocate(path);
    if (relocated !== path && !isLayerPath(relocated))
      throw refused(path, "its relocated path is not one of a layer");
    return relocated;
  };
  const entries = index.entries.map((entry) => {
    const path = relocatePath(entry.path);
    const target = relocate(entry.target);
    return path === entry.path && target === entry.target ? entry : { ...entry, path, target };
  });
  const classes = index.classes.map((one) => ({ ...one, path: relocatePath(one.path) }));
  return { ...index, entries, removed: index.removed.map(relocatePath), classes };
}

/** Finds and replaces as saving and restoring a stream do, which decide alike where patterns overlap. */
function relocator({ patterns, replacements }: Replacements): (text: ByteString) => ByteString {
  const wanted = patterns.map(({ bytes }) => toBytes(bytes));
  const search = makeSearch(wanted);
  return (text) => {
    if (!patterns.some(({ bytes }) => text.includes(bytes))) return text;
    const relocated = toBytes(text);
    // Compilers write no names, so there are no partial hashes in them.
    for (const { offset, pattern } of splitHits([search(relocated)], wanted).whole) {
      relocated.write(replacements[pattern]!, offset, "latin1");
    }
    return fromBytes(relocated);
  };
}

/** Puts replacements into pieces of a plain tar stream. The pieces come in the stream's order. */
export class Patcher {
  readonly #relocations: readonly Relocation[];
  /** For each pattern what becomes of it; null for one that stays. */
  readonly #changes: readonly ({ before: Buffer; after: Buffer } | null)[];
  #next = 0;

  /** @throws PhaseCacheError `damaged` for relocations of patterns that there are not */
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
   * Patches `piece`, which stands at `start` in the stream.
   * @returns whether it changed
   * @throws PhaseCacheError `damaged` when something else stands where a pattern was found
   */
  patch(piece: Uint8Array, start: number): boolean {
    const end = start + piece.length;
    let patched = false;
    for (; this.#next < this.#relocations.length; this.#next++) {
      const { offset, pattern } = this.#relocations[this.#next]!;
      if (offset >= end) break;
      const { before, after } = this.#changes[pattern]!;
      // A pattern that goes on in the next piece is patched there from its middle.
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
