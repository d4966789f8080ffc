import type { FileClass } from "../../runtime/layer/index/file-class.ts";
import { closeLayers, openLayers } from "../../runtime/snapshot/layers.ts";
import { openStore } from "../../runtime/store/open.ts";
import { listHeaders } from "../../runtime/store/records/list.ts";
import { printable, toText } from "../../runtime/util/bytes.ts";

/** The files in a store's layers that contain, or may contain, the path of an output of their build. */
export interface Hits {
  /** The number of files that relocation patches, by format. */
  patched: Record<"text" | "ELF" | "ar" | "other", number>;
  /**
   * Layer paths of files that can't be relocated, with the reason. Such a snapshot is not restored for another output path.
   */
  notRelocatable: string[];
  /** Layer paths of files of an unknown format that are patched or not searched. */
  unknown: string[];
}

function shown({ path, kind }: FileClass): string {
  return `${printable(toText(path))} (${kind})`;
}

function count(one: FileClass, { patched, notRelocatable, unknown }: Hits): void {
  if (one.verdict === "not-relocatable") notRelocatable.push(shown(one));
  else if (one.verdict !== "patched") unknown.push(shown(one));
  else if (one.kind === "text" || one.kind === "ELF" || one.kind === "ar") patched[one.kind]++;
  else patched.other++;
}

/** Counts the files in a store's layers that contain output paths. Counts each layer once. */
export function countHits(directory: string): Hits {
  const store = openStore(directory, { write: false });
  const hits: Hits = { patched: { text: 0, ELF: 0, ar: 0, other: 0 }, notRelocatable: [], unknown: [] };
  const seen = new Set<string>();
  for (const header of listHeaders(store).headers) {
    const layers = openLayers(store, header.layers, header.outputs);
    try {
      for (const { digest, index } of layers) {
        if (!seen.has(digest)) for (const one of index.classes) count(one, hits);
        seen.add(digest);
      }
    } finally {
      closeLayers(layers);
    }
  }
  return hits;
}
