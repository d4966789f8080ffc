import { closeSync } from "node:fs";
import { decodeIndex } from "../archive/layer-index.ts";
import type { SourceLayer } from "../archive/restore.ts";
import type { Outputs } from "../key/outputs.ts";
import { openBlob, readBlob } from "../store/blobs.ts";
import type { Store } from "../store/open.ts";
import type { LayerRef } from "../store/record.ts";
import { unescapeNames } from "../tree/names.ts";
import { type ByteString, printable, toText } from "../util/bytes.ts";
import { isPiece, needlesOf, replacements } from "./needles.ts";

/**
 * Opens layers, relocated to these outputs: a concurrent gc can then do no harm.
 * @throws PhaseCacheError `damaged` when a blob is missing or its index is not what it should be
 */
export function openLayers(store: Store, refs: readonly LayerRef[], outputs: Outputs): SourceLayer[] {
  const layers: SourceLayer[] = [];
  try {
    for (const ref of refs) {
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

/** Why layers can't be relocated to this build's outputs, a sentence that begins with the file; null when they can. */
export function findUnmovable(layers: readonly SourceLayer[]): string | null {
  for (const { index, needles, replacements } of layers) {
    const moves = (needle: number) => replacements[needle] !== needles[needle]?.bytes;
    const piece = index.relocations.find(
      ({ needle }) => isPiece(needles[needle]?.bytes ?? "") && moves(needle),
    );
    if (piece !== undefined) {
      const entry = index.entries.find(({ start, end }) => start <= piece.offset && piece.offset < end);
      return `${shown(entry?.path ?? "a file")} holds the path of an output in pieces, which can't be relocated`;
    }
    if (index.sealed.length > 0 && needles.some((_, needle) => moves(needle))) {
      return `${shown(index.sealed[0]!)} holds the path of an output compressed or in pieces, which can't be relocated`;
    }
  }
  return null;
}

function shown(path: ByteString): string {
  return printable(toText(unescapeNames(path)));
}

export function closeLayers(layers: readonly SourceLayer[]): void {
  for (const { fd } of layers) closeSync(fd);
}
