import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { encodeIndex } from "../../../runtime/layer/index/codec.ts";
import { recordPath, type Store } from "../../../runtime/store/layout.ts";
import { openStore } from "../../../runtime/store/open.ts";
import type { LayerRef } from "../../../runtime/store/records/header.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import { decodeRecord, encodeRecord, type SnapshotRecord } from "../../../runtime/store/records/record.ts";
import { type Crafted, craftLayer } from "../../layer/craft.ts";
import { putBlob } from "../../store/put-blob.ts";
import type { Harness } from "./harness.ts";

/** Puts another record in the place of the newest one, with right checksums, as a build that means harm would. */
export function forge(harness: Harness, change: (record: SnapshotRecord, store: Store) => void): void {
  const store = openStore(harness.store, { write: true });
  const path = recordPath(store, listHeaders(store).headers.at(-1)!);
  const record = decodeRecord(readFileSync(path));
  change(record, store);
  writeFileSync(path, encodeRecord(record));
}

/** A layer of such files in the store, with right digests. */
export function forgeLayer(
  harness: Harness,
  store: Store,
  files: readonly Crafted[],
  outputs: LayerRef["outputs"],
): LayerRef {
  const directory = harness.file("crafted");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const { index } = craftLayer(directory, files);
  const layer = readFileSync(`${directory}/crafted`);
  const packed = encodeIndex(index);
  return {
    digest: putBlob(store, layer),
    size: layer.length,
    plainSize: index.frames.reduce((sum, { plain }) => sum + plain, 0),
    entries: files.length,
    index: { digest: putBlob(store, packed), size: packed.length },
    outputs,
  };
}
