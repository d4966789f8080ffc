import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { detailsOf, diskPath, type Root, type Tree } from "../../tree/entry.ts";
import type { ByteString } from "../../util/bytes.ts";
import { largest, type Unpackers } from "../formats/decoders.ts";
import { headLength } from "../formats/signatures.ts";
import type { FileClass } from "../index/file-class.ts";
import type { LayerEntry, Relocation } from "../index/layer-index.ts";
import type { ForeignForms } from "../relocation/foreign-forms.ts";
import type { FormHit } from "../relocation/forms.ts";
import type { Token } from "../relocation/tokens.ts";

/** A layer that has been written, and what the search through its stream has found. */
export interface Searched {
  roots: readonly Root[];
  tree: Tree;
  entries: readonly LayerEntry[];
  /** Of each entry (see glance.ts); undefined for files with holes. */
  glances: readonly (number | undefined)[];
  /** Where something is replaced, by offset. */
  relocations: readonly Relocation[];
  /** Files in which it can't be told what is to be replaced. */
  doubtful: readonly ByteString[];
  formHits: readonly FormHit[];
  /** Where the name of the section stands that refers to a file with debug information. */
  debugLinks: readonly FormHit[];
  /** What looks like a digest from `tokensFrom` on: files before that have not been searched. */
  tokens: readonly Token[];
  tokensFrom: number;
  patterns: readonly Uint8Array[];
  foreign: ForeignForms;
  tools: Unpackers;
  /** Nanoseconds since the epoch: what a phase made is newer. */
  since: bigint;
  /** Layer paths of files that earlier layers say will be relocated. */
  patchedBefore: () => Iterable<ByteString>;
}

/** The classes that files have so far: the first reason why one is not relocatable stays. */
export class Classes {
  readonly #layer: Searched;
  readonly #known = new Map<ByteString, FileClass>();

  constructor(layer: Searched) {
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

  /** Files of this layer that relocation would change, with their sizes. */
  patched(): LayerEntry[] {
    return this.#layer.entries.filter(({ path }) => {
      const verdict = this.get(path)?.verdict;
      return verdict === "patched" || verdict === "unknown";
    });
  }
}

/** Walks entries and things with offsets in them side by side; those in a header belong to its entry. */
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

/** A file's contents, or the beginning of a large one; null when they are no longer what the layer has. */
export function readWhole({ roots, tree }: Searched, { path, size }: LayerEntry): Buffer | null {
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
