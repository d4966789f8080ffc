import { closeSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { damaged, PhaseCacheError, systemCode } from "../util/error.ts";
import { randomName, writeNew } from "../util/files.ts";
import { addBlob, hasBlobs, openBlob, type StagedBlob } from "./blobs.ts";
import { readRegular } from "./fs/files.ts";
import { recordPath, type SnapshotRef, type Store } from "./layout.ts";
import { ensureDirectory, quarantine } from "./quarantine.ts";
import { type BlobRef, blobsOf, type SnapshotHeader } from "./records/header.ts";
import { listHeaders, listRefs, readHeader, requireNamed } from "./records/list.ts";
import { decodeRecord, encodeRecord, largestRecord, type SnapshotRecord } from "./records/record.ts";
import { removeRecords } from "./records/remove.ts";
import { addUsage } from "./size-log.ts";

const maxAttempts = 20;

/**
 * Moves a snapshot's staged blobs and then its record to their paths. Everything is written before the first move, so
 * that a full disk is detected while all can be undone. Removes older failed snapshots of the package when a failed
 * one is written.
 * @param staged the blobs that are not yet in the store
 * @throws PhaseCacheError `conflict` when another process has removed one of the blobs: the record is then removed
 *   again
 */
export function writeSnapshot(
  store: Store,
  record: SnapshotRecord,
  staged: readonly StagedBlob[] = [],
): void {
  const bytes = encodeRecord(record);
  const { header } = record;
  const temporary = join(store.tmp, randomName("record"));
  try {
    // No flush to disk: the record has checksums, so that a crash of the machine leaves a valid or a damaged record.
    writeNew(temporary, bytes);
    for (const { path, digest } of staged) addBlob(store, path, digest);
    placeRecord(store, header, temporary);
  } catch (error) {
    for (const path of [temporary, ...staged.map(({ path }) => path)]) rmSync(path, { force: true });
    throw error;
  }
  // Checked last: a collector that has not seen the record may have removed a blob until now, but not from now on.
  if (!hasBlobs(store, blobsOf(header))) {
    removeRecords(store, [header]);
    throw new PhaseCacheError("conflict", "another process removed a blob that it needs from the store");
  }
  addUsage(store, bytes.length);
  if (header.failed) removeOlderFailed(store, header);
}

function placeRecord(store: Store, header: SnapshotHeader, temporary: string): void {
  for (let left = maxAttempts; ; left--) {
    ensureDirectory(store, join(store.base, "snapshots", header.package));
    if (tryRename(temporary, recordPath(store, header), left > 0)) return;
  }
}

/** Returns false if the caller should try again, since a collector has just removed the empty folder. */
function tryRename(from: string, to: string, again: boolean): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (again && systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

function removeOlderFailed(store: Store, newest: SnapshotHeader): void {
  const { headers } = listHeaders(store, { package: newest.package });
  const older = headers.filter(
    ({ failed, id, created }) => failed && id !== newest.id && created <= newest.created,
  );
  removeRecords(store, older);
}

/**
 * Finds the newest snapshot with this key that a build may restore and whose blobs exist. A build never restores a
 * failed snapshot.
 * @param onDamage called for each newer snapshot that can't be used, with the reason. Damaged files go to quarantine.
 */
export function findSnapshot(
  store: Store,
  packageName: string,
  key: string,
  onDamage?: (id: string, reason: string) => void,
): SnapshotHeader | null {
  const refs = listRefs(store, packageName).filter((ref) => ref.key === key);
  return newestOf(store, refs, onDamage);
}

/** Like `findSnapshot`, among snapshots with the same key. */
export function newestOf(
  store: Store,
  refs: readonly SnapshotRef[],
  onDamage: (id: string, reason: string) => void = () => {},
): SnapshotHeader | null {
  const found: SnapshotHeader[] = [];
  const damagedOnes: { header: SnapshotHeader; reason: string }[] = [];
  for (const ref of refs) {
    try {
      const header = readHeader(store, ref);
      if (header === null || header.failed) continue;
      const reason = findDamagedBlob(store, blobsOf(header));
      if (reason === null) found.push(header);
      else damagedOnes.push({ header, reason });
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      quarantine(store, recordPath(store, ref));
      onDamage(ref.id, `its record is damaged: ${error.message}`);
    }
  }
  const newest = found.sort((a, b) => b.created - a.created)[0] ?? null;
  for (const { header, reason } of damagedOnes) {
    if (newest === null || header.created > newest.created) onDamage(header.id, reason);
  }
  return newest;
}

/**
 * Describes the first of these blobs that is missing or has the wrong size; null if there is none. A damaged one goes
 * to quarantine.
 */
function findDamagedBlob(store: Store, blobs: Iterable<BlobRef>): string | null {
  for (const blob of blobs) {
    if (hasBlobs(store, [blob])) continue;
    try {
      closeSync(openBlob(store, blob.digest, blob.size));
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      return error.message;
    }
  }
  return null;
}

/**
 * Reads a snapshot's complete record.
 * @throws PhaseCacheError `not-found`; `damaged`, in which case the record goes to quarantine
 */
export function readSnapshot(store: Store, ref: SnapshotRef): SnapshotRecord {
  const path = recordPath(store, ref);
  try {
    const bytes = readRegular(path, "the record", largestRecord);
    if (bytes === null) throw new PhaseCacheError("not-found", `snapshot ${ref.id} no longer exists`);
    const record = decodeRecord(bytes);
    requireNamed(record.header, ref);
    return record;
  } catch (error) {
    if (!(error instanceof PhaseCacheError) || error.code !== "damaged") throw error;
    quarantine(store, path);
    throw damaged(`the record of snapshot ${ref.id} is damaged: ${error.message}`, error);
  }
}
