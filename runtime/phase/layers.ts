import { closeSync } from "node:fs";
import { decodeIndex } from "../archive/layer-index.ts";
import type { SourceLayer } from "../archive/restore.ts";
import type { Outputs } from "../key/outputs.ts";
import { openBlob, readBlob } from "../store/blobs.ts";
import type { Store } from "../store/open.ts";
import type { SnapshotRecord } from "../store/record.ts";
import { printable, toText } from "../util/bytes.ts";
import { isPiece, needlesOf, replacements } from "./needles.ts";

/**
 * Opens all layers of a snapshot: a concurrent gc can then do no harm.
 * @throws PhaseCacheError `damaged` when a blob is missing or its index is not what it should be
 */
export function openLayers(store: Store, record: SnapshotRecord, outputs: Outputs): SourceLayer[] {
  const layers: SourceLayer[] = [];
  try {
    for (const ref of record.header.layers) {
      const index = decodeIndex(readBlob(store, ref.index.digest, ref.index.size));
      const needles = needlesOf(ref.outputs).map((bytes) => ({ bytes }));
      const fd = openBlob(store, ref.digest, ref.size);
      layers.push({
        fd,
        digest: ref.digest,
        index,
        needles,
        replacements: replacements(ref.outputs, outputs),
      });
    }
    return layers;
  } catch (error) {
    closeLayers(layers);
    throw error;
  }
}

/** The first file that holds an output's hash taken apart and would have to be relocated, or null. */
export function findUnmovable(layers: readonly SourceLayer[]): string | null {
  for (const { index, needles, replacements } of layers) {
    const piece = index.relocations.find(({ needle }) => {
      const { bytes } = needles[needle] ?? { bytes: "" };
      return isPiece(bytes) && replacements[needle] !== bytes;
    });
    if (piece === undefined) continue;
    const entry = index.entries.find(({ start, end }) => start <= piece.offset && piece.offset < end);
    return entry === undefined ? "a file" : printable(toText(entry.path));
  }
  return null;
}

export function closeLayers(layers: readonly SourceLayer[]): void {
  for (const { fd } of layers) closeSync(fd);
}
