import { closeSync } from "node:fs";
import { decodeIndex, type LayerIndex } from "../archive/index.ts";
import type { ByteString } from "../util/bytes.ts";
import { openBlob, readBlob } from "../store/blobs.ts";
import type { Store } from "../store/open.ts";
import type { LayerRef, SnapshotRecord } from "../store/record.ts";
import { type Outputs, replacements } from "./needles.ts";

/** A layer that is ready to be restored. */
export interface OpenLayer {
  fd: number;
  ref: LayerRef;
  index: LayerIndex;
  /** What takes the place of each needle that the layer was saved with. */
  replacements: ByteString[];
}

/**
 * Opens all layers of a snapshot.
 * @throws PhaseCacheError `damaged` when a blob is missing or its index is not what it should be
 */
export function openLayers(store: Store, record: SnapshotRecord, outputs: Outputs): OpenLayer[] {
  const layers: OpenLayer[] = [];
  try {
    for (const ref of record.header.layers) {
      const index = decodeIndex(readBlob(store, ref.index.digest, ref.index.size));
      const fd = openBlob(store, ref.digest, ref.size);
      layers.push({ fd, ref, index, replacements: replacements(ref.outputs, outputs) });
    }
    return layers;
  } catch (error) {
    closeLayers(layers);
    throw error;
  }
}

export function closeLayers(layers: readonly OpenLayer[]): void {
  for (const { fd } of layers) closeSync(fd);
}
