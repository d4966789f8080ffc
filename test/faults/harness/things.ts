import { readFileSync } from "node:fs";
import { blobPath, recordPath } from "../../../runtime/store/layout.ts";
import { openStore } from "../../../runtime/store/open.ts";
import type { SnapshotHeader } from "../../../runtime/store/records/header.ts";
import { listHeaders } from "../../../runtime/store/records/list.ts";
import type { Harness } from "./harness.ts";
import { phases } from "./phases.ts";

/** A file of a store that has one snapshot of each phase. */
export interface Thing {
  kind: "record" | "layer" | "index" | "initial";
  path: string;
  bytes: Buffer;
  /** How many phases can be restored without it. */
  level: number;
  header: SnapshotHeader;
}

export function thingsIn(harness: Harness): Thing[] {
  const store = openStore(harness.store, { write: false });
  const { headers } = listHeaders(store);
  const last = headers.at(-1)!;
  const thing = (kind: Thing["kind"], path: string, level: number, header = last): Thing => {
    return { kind, path, level, header, bytes: readFileSync(path) };
  };
  return [
    // The record of an earlier phase is read by nobody while there is the last one.
    ...headers.map((header) => {
      const level = header === last ? phases.length - 1 : phases.length;
      return thing("record", recordPath(store, header), level, header);
    }),
    ...last.layers.flatMap(({ digest, index }, level) => [
      thing("layer", blobPath(store, digest), level),
      thing("index", blobPath(store, index.digest), level),
    ]),
    // All of a build's snapshots share it, and none is used without.
    thing("initial", blobPath(store, last.initial!.digest), 0),
  ];
}
