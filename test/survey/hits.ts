import type { LayerEntry } from "../../runtime/archive/layer-index.ts";
import { readContents } from "../../runtime/archive/read-entry.ts";
import type { SourceLayer } from "../../runtime/archive/restore.ts";
import { closeLayers, openLayers } from "../../runtime/phase/layers.ts";
import { isPiece } from "../../runtime/phase/needles.ts";
import { openStore } from "../../runtime/store/open.ts";
import { listHeaders } from "../../runtime/store/snapshots.ts";
import { printable, toText } from "../../runtime/util/bytes.ts";

/** What a file with an own hash in it is, by its first bytes. */
export type FileClass = "text" | "ELF" | "ar" | "other";

/** The files of a store's layers that hold a hash of the build's own outputs. */
export interface Hits {
  /** How many are patched when they are relocated, by what they are. */
  patched: Record<FileClass, number>;
  /** Layer paths of those that can't be relocated: the snapshot is then not restored. */
  unmovable: string[];
  /** Layer paths of the patched ones that are neither text, ELF nor ar. */
  unknown: string[];
}

function classify(head: Buffer, hasNul: boolean): FileClass {
  if (head.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) return "ELF";
  if (head.subarray(0, 8).toString("latin1") === "!<arch>\n") return "ar";
  return hasNul ? "other" : "text";
}

function shown({ path }: LayerEntry): string {
  return printable(toText(path));
}

/** Counts the hits of one layer. */
function countLayer(layer: SourceLayer, hits: Hits): void {
  const { entries, relocations, sealed } = layer.index;
  hits.unmovable.push(...sealed.map((path) => printable(toText(path))));
  const touched = entries.filter(
    ({ type, start, end }) =>
      type === "f" && relocations.some(({ offset }) => start <= offset && offset < end),
  );
  for (const { entry, contents } of readContents(layer, touched)) {
    let head: Buffer | undefined;
    let hasNul = false;
    for (const piece of contents) {
      head ??= Buffer.from(piece.subarray(0, 8));
      hasNul ||= piece.includes(0);
    }
    const inPieces = relocations.some(
      ({ offset, needle }) =>
        entry.start <= offset && offset < entry.end && isPiece(layer.needles[needle]!.bytes),
    );
    if (inPieces) {
      hits.unmovable.push(shown(entry));
      continue;
    }
    const kind = classify(head ?? Buffer.alloc(0), hasNul);
    hits.patched[kind]++;
    if (kind === "other") hits.unknown.push(shown(entry));
  }
}

/** Counts the hits in a store's layers, each layer once. */
export function countHits(directory: string): Hits {
  const store = openStore(directory, { write: false });
  const hits: Hits = { patched: { text: 0, ELF: 0, ar: 0, other: 0 }, unmovable: [], unknown: [] };
  const seen = new Set<string>();
  for (const header of listHeaders(store).headers) {
    const layers = openLayers(store, header.layers, header.outputs);
    try {
      for (const layer of layers) {
        if (!seen.has(layer.digest)) countLayer(layer, hits);
        seen.add(layer.digest);
      }
    } finally {
      closeLayers(layers);
    }
  }
  return hits;
}
