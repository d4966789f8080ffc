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
import { findUnsoundBlobs } from "./verify-blobs.ts";

export interface Verified {
  problems: Problem[];
  /** How many were looked at; bytes are those of all blobs. */
  counts: { snapshots: number; blobs: number; bytes: number };
}

/**
 * Looks for everything that is wrong in a store; builds may use it meanwhile.
 * @param options.readData read the blobs' contents too, not only their sizes
 * @param options.repair move what is damaged to quarantine, and remove the records whose blobs are missing then
 */
export function verifyStore(
  store: Store,
  { readData, repair }: { readData: boolean; repair: boolean },
  progress: Progress = () => {},
): Verified {
  // Reading puts what is damaged in quarantine when the store is open for writing.
  const view: Store = { ...store, write: store.write && repair };
  const problems: Problem[] = [];
  problems.push(...verifyRest(view));
  const { blobs } = listBlobs(view);
  const sizes = [...blobs.values()].map(({ size }) => size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const unsound = readData ? findUnsoundBlobs(view, blobs.keys(), (done) => progress(done, bytes)) : [];
  problems.push(...unsound.map(({ problem }) => problem));
  const records = verifyRecords(view, new Set(unsound.map(({ digest }) => digest)));
  problems.push(...records.problems);
  return { problems, counts: { snapshots: records.count, blobs: blobs.size, bytes } };
}

function verifyRecords(store: Store, wrong: ReadonlySet<Digest>): { count: number; problems: Problem[] } {
  const problems: Problem[] = [];
  let count = 0;
  for (const ref of listPackages(store).flatMap((name) => listRefs(store, name))) {
    const path = join("snapshots", ref.package, recordName(ref));
    try {
      const { header } = readSnapshot(store, ref);
      count++;
      const missing = missingBlob(store, header, wrong);
      // A collector removes the record before the blobs: one that is still there is really without its blob.
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

/** Null for what a collector has removed meanwhile. */
function problemOf(error: unknown, code: "damaged-record" | "damaged-pin", path: string): Problem | null {
  if (!(error instanceof Error)) throw error;
  if (error instanceof PhaseCacheError)
    return error.code === "not-found" ? null : { code, path, message: error.message };
  if (systemCode(error) === undefined) throw error;
  return { code: "inaccessible", path, message: error.message };
}

function missingBlob(store: Store, header: SnapshotHeader, wrong: ReadonlySet<Digest>): string | null {
  for (const blob of blobsOf(header)) {
    const name = `blob ${blob.digest}`;
    if (wrong.has(blob.digest)) return `its ${name} is damaged`;
    if (hasBlobs(store, [blob])) continue;
    const stat = statBlob(store, blob.digest);
    return stat === null
      ? `its ${name} is missing`
      : `its ${name} has ${stat.size} bytes instead of ${blob.size}`;
  }
  return null;
}

/**
 * Everything but blobs and records. A note of a use may outlive its snapshot, which a build beside a collector has restored:
 * nothing is wrong then, and the next collector removes it.
 */
function verifyRest(store: Store): Problem[] {
  const problems: Problem[] = [];
  for (const path of findUnknownFiles(store)) {
    problems.push({ code: "stray", path, message: "phasecache did not put this there" });
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
