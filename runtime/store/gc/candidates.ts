import { lstatSync, statfsSync } from "node:fs";
import type { Digest } from "../../util/hash.ts";
import { hasBlobs } from "../blobs.ts";
import { readHits, type Uses } from "../hits.ts";
import { recordPath, type Store } from "../layout.ts";
import { type BlobFile, listBlobs } from "../list-blobs.ts";
import type { Problem } from "../problem.ts";
import { type BlobRef, blobsOf } from "../records/header.ts";
import { listHeaders, listPackages, listRefs } from "../records/list.ts";
import { buildTime } from "./protected.ts";
import { type Candidate, digestsOf } from "./removal-plan.ts";

/** The contents of a store, as needed for garbage collection. */
export interface Candidates {
  candidates: Candidate[];
  blobs: Map<Digest, BlobFile>;
  /** Blobs that no snapshot needs. */
  orphans: BlobFile[];
  hits: Map<string, Uses>;
  problems: Problem[];
  /** Bytes of all blobs and records. */
  total: number;
}

/** @param inUse ids of snapshots that a build needs */
export function findCandidates(store: Store, now: number, inUse: ReadonlySet<string>): Candidates {
  // Blobs are listed before records: a save adds its blobs before its record, so no listed blob's record is missed.
  const { blobs } = listBlobs(store);
  const { headers, problems } = listHeaders(store);
  const hits = readHits(store);
  // Missing blobs are checked again, since a directory listing may omit a file that is being replaced.
  const exists = (blob: BlobRef) => blobs.get(blob.digest)?.size === blob.size || hasBlobs(store, [blob]);
  const candidates = headers.map((header) => {
    const used = hits.get(header.id)?.lastUsed ?? 0;
    return {
      header,
      size: lstatSync(recordPath(store, header), { throwIfNoEntry: false })?.size ?? 0,
      lastUsed: Math.min(now, Math.max(used, header.created)),
      broken: !blobsOf(header).every(exists),
      inUse: inUse.has(header.id) || used > now - buildTime,
    };
  });
  const needed = new Set(headers.flatMap((header) => [...digestsOf(header)]));
  const orphans = [...blobs.values()].filter(({ digest }) => !needed.has(digest));
  const sizes = [...blobs.values(), ...candidates].map(({ size }) => size);
  return { candidates, blobs, orphans, hits, problems, total: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Returns the size of all blobs and records in bytes, without reading any record. */
export function storeSize(store: Store): number {
  const { blobs } = listBlobs(store);
  let size = 0;
  for (const blob of blobs.values()) size += blob.size;
  for (const ref of listPackages(store).flatMap((name) => listRefs(store, name)))
    size += lstatSync(recordPath(store, ref), { throwIfNoEntry: false })?.size ?? 0;
  return size;
}

/** Returns the free space for this user on the store's file system, in bytes. */
export function freeSpace(store: Store): number {
  const { bavail, bsize } = statfsSync(store.root);
  return bavail * bsize;
}
