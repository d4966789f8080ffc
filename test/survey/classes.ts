import { countClasses } from "../../runtime/archive/file-class.ts";
import { decodeIndex } from "../../runtime/archive/layer-index.ts";
import { readBlob } from "../../runtime/store/blobs.ts";
import type { Store } from "../../runtime/store/open.ts";
import type { SnapshotHeader } from "../../runtime/store/record.ts";

/**
 * How many files of a snapshot's layers name an output, by what relocation does with them and by their kind (`patched ELF`,
 * `sealed sqlite`). A file that several phases changed counts for each.
 * @throws PhaseCacheError `damaged`
 */
export function surveyClasses(store: Store, { layers }: SnapshotHeader): Map<string, number> {
  return countClasses(
    layers.flatMap(({ index }) => decodeIndex(readBlob(store, index.digest, index.size)).classes),
  );
}
