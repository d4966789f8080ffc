import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { detailsOf, diskPath, type Root, type Tree } from "../../tree/entry.ts";
import type { ByteString } from "../../util/bytes.ts";
import { largest, type Unpackers } from "../formats/decoders.ts";
import { headLength } from "../formats/signatures.ts";
import type { FileClass } from "../index/file-class.ts";
import type { LayerEntry, Relocation } from "../index/layer-index.ts";
import type { ForeignForms, FormHit } from "../relocation/forms.ts";
import type { Token } from "../relocation/tokens.ts";

/** A layer that has been written, and the hits of the searches in its stream. */
export interface SearchedLayer {
  roots: readonly Root[];
  tree: Tree;
  entries: readonly LayerEntry[];
  /** For each entry its `contentFlag`s; undefined for sparse files. */
  contentFlags: readonly (number | undefined)[];
  /** By offset. */
  relocations: readonly Relocation[];
  /** Layer paths of files with partial hashes that could not be classified. */
  unclassified: readonly ByteString[];
  formHits: readonly FormHit[];
  /** Occurrences of the name of the section that refers to a separate file with debug information. */
  debugLinks: readonly FormHit[];
  /** Possible digests at or after `tokensFrom`. What is before has not been searched for them. */
  tokens: readonly Token[];
  tokensFrom: number;
  patterns: readonly Uint8Array[];
  foreign: ForeignForms;
  tools: Unpackers;
  /** Nanoseconds since the epoch. Files that a phase made are newer. */
  since: bigint;
  /** Returns layer paths of files in earlier layers that relocation changes. */
  patchedBefore: () => Iterable<ByteString>;
}

/** The classes of files found so far. The first reason why a file is not relocatable is kept. */
export class Classes {
  readonly #layer: SearchedLayer;
  readonly #known = new Map<ByteString, FileClass>();

  constructor(layer: SearchedLayer) {
    this.#layer = layer;
  }

  get(path: ByteString): FileClass | undefined {
    return this.#known.get(path);
  }

  set(one: FileClass): void {
    if (this.get(one.path)?.verdict !== "not-relocatable") this.#known.set(one.path, one);
  }

  markNotRelocatable(path: ByteString, kind: string): void {
    this.set({ path, verdict: "not-relocatable", kind });
  }

  /** Returns the entries of this layer that relocation would change. */
  patched(): LayerEntry[] {
    return this.#layer.entries.filter(({ path }) => {
      const verdict = this.get(path)?.verdict;
      return verdict === "patched" || verdict === "unknown";
    });
  }
}

/** Groups items by the entry that their offsets lie in, headers included. Both lists must be in stream order. */
export function* byEntry<T extends { offset: number }>(
  entries: readonly LayerEntry[],
  found: readonly T[],
): Generator<{ number: number; entry: LayerEntry; own: T[] }> {
  let next = 0;
  for (const [number, entry] of entries.entries()) {
    if (next === found.length) return;
    while (next < found.length && found[next]!.offset < entry.start) next++;
    const first = next;
    while (next < found.length && found[next]!.offset < entry.end) next++;
    if (next > first) yield { number, entry, own: found.slice(first, next) };
  }
}

/** Reads a file's contents, or the beginning of a large one; null if the file has changed since the layer was saved. */
export function readWhole({ roots, tree }: SearchedLayer, { path, size }: LayerEntry): Buffer | null {
  let fd: number;
  try {
    fd = openSync(diskPath(roots, path), "r");
  } catch {
    return null;
  }
  try {
    const { size: now, ctimeNs } = fstatSync(fd, { bigint: true });
    const [seconds, fraction] = detailsOf(tree.get(path)!).ctime.split(".");
    if (Number(now) !== size || ctimeNs !== BigInt(`${seconds}${fraction!.slice(0, 9)}`)) return null;
    if (size <= largest) return readFileSync(fd);
    const head = Buffer.alloc(headLength);
    readSync(fd, head, 0, headLength, 0);
    return head;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
