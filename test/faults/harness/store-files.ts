import { readFileSync } from "node:fs";
import { blobPath, recordPath } from "../../../runtime/store/layout.ts";
import { openStore } from "../../../runtime/store/open.ts";
import type { SnapshotHeader } from "../../../runtime/store/records/header.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import type { Harness } from "./harness.ts";
import { phases } from "./phases.ts";

/** A file of a store with one snapshot of each phase. */
export interface StoreFile {
  kind: "record" | "layer" | "index" | "initial";
  path: string;
  bytes: Buffer;
  /** The number of phases that can be restored without it. */
  level: number;
  header: SnapshotHeader;
}

export function storeFilesIn(harness: Harness): StoreFile[] {
  const store = openStore(harness.store, { write: false });
  const { headers } = listHeaders(store);
  const last = headers.at(-1)!;
  const file = (kind: StoreFile["kind"], path: string, level: number, header = last): StoreFile => {
    return { kind, path, level, header, bytes: readFileSync(path) };
  };
  return [
    // The record of an earlier phase is not read while that of the last phase is valid.
    ...headers.map((header) => {
      const level = header === last ? phases.length - 1 : phases.length;
      return file("record", recordPath(store, header), level, header);
    }),
    ...last.layers.flatMap(({ digest, index }, level) => [
      file("layer", blobPath(store, digest), level),
      file("index", blobPath(store, index.digest), level),
    ]),
    // All snapshots of a build share it, and none is restored without it.
    file("initial", blobPath(store, last.initial!.digest), 0),
  ];
}
