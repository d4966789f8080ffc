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

const mostAttempts = 20;

/**
 * Puts a snapshot's blobs into their places, and then its record. Everything has been written before the first of them is
 * in its place: a disk that is full is found so while all can be taken back. Of a package's failed snapshots the newest
 * stays.
 * @param staged the blobs that are not in the store already
 * @throws PhaseCacheError `conflict` when one of the blobs has gone meanwhile: the record is then removed again
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
    // Nothing waits for the disk: the record has a checksum, and after a crash of the machine it is whole or damaged.
    writeNew(temporary, bytes);
    for (const { path, digest } of staged) addBlob(store, path, digest);
    place(store, header, temporary);
  } catch (error) {
    for (const path of [temporary, ...staged.map(({ path }) => path)]) rmSync(path, { force: true });
    throw error;
  }
  // Only now: a collector that did not see the record may have removed a blob up to this moment, but not after it.
  if (!hasBlobs(store, blobsOf(header))) {
    removeRecords(store, [header]);
    throw new PhaseCacheError("conflict", "what it builds on has been removed from the store meanwhile");
  }
  addUsage(store, bytes.length);
  if (header.failed) removeOlderFailed(store, header);
}

function place(store: Store, header: SnapshotHeader, temporary: string): void {
  for (let left = mostAttempts; ; left--) {
    ensureDirectory(store, join(store.base, "snapshots", header.package));
    if (renamed(temporary, recordPath(store, header), left > 0)) return;
  }
}

/** False when a collector has just removed the folder, which was empty, and there is to be another attempt. */
function renamed(from: string, to: string, again: boolean): boolean {
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
 * The newest snapshot of this key that a build may restore and whose blobs are there. A failed one never is; nor is one
 * that was saved on top of a pinned snapshot, since its key does not say what is in it.
 * @param unsound is told of each snapshot that would have been this one but for damage, and of the reason; what is
 *   damaged goes to quarantine
 */
export function findSnapshot(
  store: Store,
  packageName: string,
  key: string,
  unsound?: (id: string, reason: string) => void,
): SnapshotHeader | null {
  const refs = listRefs(store, packageName).filter((ref) => ref.key === key);
  return newestOf(store, refs, unsound);
}

/** The same of these snapshots, which have one key. */
export function newestOf(
  store: Store,
  refs: readonly SnapshotRef[],
  unsound: (id: string, reason: string) => void = () => {},
): SnapshotHeader | null {
  const found: SnapshotHeader[] = [];
  const lacking: { header: SnapshotHeader; lack: string }[] = [];
  for (const ref of refs) {
    try {
      const header = readHeader(store, ref);
      if (header === null || header.failed) continue;
      const lack = lackOf(store, blobsOf(header));
      if (lack === null) found.push(header);
      else lacking.push({ header, lack });
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      quarantine(store, recordPath(store, ref));
      unsound(ref.id, `its record is damaged: ${error.message}`);
    }
  }
  const newest = found.sort((a, b) => b.created - a.created)[0] ?? null;
  for (const { header, lack } of lacking) {
    if (newest === null || header.created > newest.created) unsound(header.id, lack);
  }
  return newest;
}

/** What is wrong with the first of these blobs that is not there with its size, or null; a wrong one goes to quarantine. */
function lackOf(store: Store, blobs: Iterable<BlobRef>): string | null {
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
 * A snapshot's whole record.
 * @throws PhaseCacheError `not-found`; `damaged`, and the record goes to quarantine
 */
export function readSnapshot(store: Store, ref: SnapshotRef): SnapshotRecord {
  const path = recordPath(store, ref);
  try {
    const bytes = readRegular(path, "the record", largestRecord);
    if (bytes === null) throw new PhaseCacheError("not-found", `there is no snapshot ${ref.id} any more`);
    const record = decodeRecord(bytes);
    requireNamed(record.header, ref);
    return record;
  } catch (error) {
    if (!(error instanceof PhaseCacheError) || error.code !== "damaged") throw error;
    quarantine(store, path);
    throw damaged(`the record of snapshot ${ref.id} is damaged: ${error.message}`, error);
  }
}
