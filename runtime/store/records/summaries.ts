import { accessSync, constants } from "node:fs";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import type { SnapshotRef, Store } from "../layout.ts";
import type { Problem } from "../problem.ts";
import { blobsOf, type SnapshotHeader } from "./header.ts";
import { listPackages, listRefs, problemOf, readHeader } from "./list.ts";
import {
  type Blobs,
  emptyBlobs,
  readSummaryCache,
  type Summary,
  writeSummaryCache,
} from "./summary-cache.ts";

/** The contents of a store for a listing. */
export interface Summaries {
  /** Oldest first. */
  summaries: Summary[];
  /** Bytes of each blob, by its number. */
  sizes: readonly number[];
  problems: Problem[];
}

/** The cache is written again when it lacks more records than this. */
const manyNew = 500;

/**
 * Lists all snapshots of a store. Directory listings determine which exist. The contents of records that an earlier
 * listing has read come from a cache, since records never change.
 */
export function listSummaries(store: Store): Summaries {
  const { known, blobs } = readSummaryCache(store) ?? {
    known: new Map<string, Summary>(),
    blobs: emptyBlobs(),
  };
  const summaries: Summary[] = [];
  const problems: Problem[] = [];
  let added = 0;
  for (const name of listPackages(store)) {
    for (const ref of listRefs(store, name)) {
      let summary = known.get(ref.id);
      if (summary?.package !== name || summary.key !== ref.key) {
        const read = summaryOf(store, ref, blobs, problems);
        if (read === null) continue;
        summary = read;
        added++;
      }
      summaries.push(summary);
    }
  }
  summaries.sort((a, b) => a.created - b.created || a.phaseIndex - b.phaseIndex || (a.id < b.id ? -1 : 1));
  if (added > manyNew && mayWrite(store)) writeSummaryCache(store, summaries, blobs);
  return { summaries, sizes: blobs.sizes, problems };
}

/** Writes the cache for future listings if there are many snapshots. */
export function cacheSummaries(store: Store, headers: readonly SnapshotHeader[]): void {
  if (headers.length <= manyNew) return;
  const blobs = emptyBlobs();
  writeSummaryCache(
    store,
    headers.map((header) => summarize(header, blobs)),
    blobs,
  );
}

function summaryOf(store: Store, ref: SnapshotRef, blobs: Blobs, problems: Problem[]): Summary | null {
  try {
    const header = readHeader(store, ref);
    return header === null ? null : summarize(header, blobs);
  } catch (error) {
    problems.push(problemOf(ref, error));
    return null;
  }
}

function summarize(header: SnapshotHeader, blobs: Blobs): Summary {
  const { id, key, package: packageName, name, phase, phaseIndex, created, failed } = header;
  const numbers = [...new Set(blobsOf(header).map((blob) => blobs.number(blob.digest, blob.size)))];
  return { id, key, package: packageName, name, phase, phaseIndex, created, failed, blobs: numbers };
}

/** Whether this user can write the cache: a store may be read-only for a user. */
function mayWrite({ base }: Store): boolean {
  try {
    for (const folder of ["stats", "tmp"]) accessSync(`${base}/${folder}`, constants.W_OK);
    return true;
  } catch (error) {
    if (error instanceof PhaseCacheError || systemCode(error) !== undefined) return false;
    throw error;
  }
}
