import { join } from "node:path";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import type { Digest } from "../util/hash.ts";
import { hasBlobs, statBlob } from "./blobs.ts";
import { readConfig } from "./config.ts";
import type { Progress } from "./gc/remove-blobs.ts";
import { recordName, type Store } from "./layout.ts";
import { listBlobs } from "./list-blobs.ts";
import { listPins, readPin } from "./pins.ts";
import type { Problem } from "./problem.ts";
import { quarantine } from "./quarantine.ts";
import { blobsOf, type SnapshotHeader } from "./records/header.ts";
import { listPackages, listRefs, readHeader } from "./records/list.ts";
import { removeRecords } from "./records/remove.ts";
import { readSnapshot } from "./snapshots.ts";
import { findUnknownFiles } from "./unknown-files.ts";
import { findDamagedBlobs } from "./verify-blobs.ts";

export interface VerifyResult {
  problems: Problem[];
  /** Number of records and blobs that were checked, and the bytes of all blobs. */
  counts: { snapshots: number; blobs: number; bytes: number };
}

/**
 * Finds all problems in a store. Builds may use it at the same time.
 * @param options.readData whether to verify the blobs' contents, not only their sizes
 * @param options.repair whether to move damaged and unknown files to quarantine, and to remove records whose blobs are
 *   then missing
 */
export function verifyStore(
  store: Store,
  { readData, repair }: { readData: boolean; repair: boolean },
  progress: Progress = () => {},
): VerifyResult {
  // Reading moves damaged files to quarantine if the store is open for writing.
  const view: Store = { ...store, write: store.write && repair };
  const problems: Problem[] = [];
  problems.push(...verifyOtherFiles(view));
  const { blobs } = listBlobs(view);
  const sizes = [...blobs.values()].map(({ size }) => size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const damaged = readData ? findDamagedBlobs(view, blobs.keys(), (done) => progress(done, bytes)) : [];
  problems.push(...damaged.map(({ problem }) => problem));
  const records = verifyRecords(view, new Set(damaged.map(({ digest }) => digest)));
  problems.push(...records.problems);
  return { problems, counts: { snapshots: records.count, blobs: blobs.size, bytes } };
}

function verifyRecords(store: Store, damaged: ReadonlySet<Digest>): { count: number; problems: Problem[] } {
  const problems: Problem[] = [];
  let count = 0;
  for (const ref of listPackages(store).flatMap((name) => listRefs(store, name))) {
    const path = join("snapshots", ref.package, recordName(ref));
    try {
      const { header } = readSnapshot(store, ref);
      count++;
      const missing = missingBlob(store, header, damaged);
      // A collector removes a record before its blobs, so a record that still exists really lacks its blob.
      if (missing === null || readHeader(store, ref) === null) continue;
      problems.push({ code: "missing-blob", path, message: missing });
      if (store.write) problems.push(...removeRecords(store, [ref]));
    } catch (error) {
      const problem = problemOf(error, "damaged-record", path);
      if (problem !== null) problems.push(problem);
    }
  }
  return { count, problems };
}

/** Returns null if a collector has removed the file in the meantime. */
function problemOf(error: unknown, code: "damaged-record" | "damaged-pin", path: string): Problem | null {
  if (!(error instanceof Error)) throw error;
  if (error instanceof PhaseCacheError)
    return error.code === "not-found" ? null : { code, path, message: error.message };
  if (systemCode(error) === undefined) throw error;
  return { code: "inaccessible", path, message: error.message };
}

function missingBlob(store: Store, header: SnapshotHeader, damaged: ReadonlySet<Digest>): string | null {
  for (const blob of blobsOf(header)) {
    const name = `blob ${blob.digest}`;
    if (damaged.has(blob.digest)) return `its ${name} is damaged`;
    if (hasBlobs(store, [blob])) continue;
    const stat = statBlob(store, blob.digest);
    return stat === null
      ? `its ${name} is missing`
      : `its ${name} has ${stat.size} bytes instead of ${blob.size}`;
  }
  return null;
}

/**
 * Verifies everything but blobs and records. Hits without a snapshot are not a problem: a build may restore a snapshot
 * while a collector removes it, and the next collector removes its hits.
 */
function verifyOtherFiles(store: Store): Problem[] {
  const problems: Problem[] = [];
  for (const path of findUnknownFiles(store)) {
    problems.push({ code: "stray", path, message: "unknown file, not written by phasecache" });
    quarantine(store, join(store.base, path));
  }
  for (const name of listPins(store)) {
    try {
      readPin(store, name);
    } catch (error) {
      const problem = problemOf(error, "damaged-pin", join("pins", name));
      if (problem !== null) problems.push(problem);
    }
  }
  for (const message of readConfig(store).problems) {
    problems.push({ code: "damaged-config", path: "config.json", message });
  }
  return problems;
}
