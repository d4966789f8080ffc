import { closeSync, lstatSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { damaged, systemCode } from "../util/error.ts";
import { randomName, writeNew } from "../util/files.ts";
import { type Digest, sha256 } from "../util/hash.ts";
import { digestOfFile } from "./fs/file-digest.ts";
import { openRegular, readRegular } from "./fs/files.ts";
import { blobPath, type Store } from "./layout.ts";
import { ensureDirectory, quarantine } from "./quarantine.ts";
import type { BlobRef } from "./records/header.ts";
import { addUsage } from "./size-log.ts";

/**
 * Moves a finished file from the store's `tmp` to the blob's path. Replaces an existing blob: this repairs a damaged
 * one, and protects one that was about to be collected. If it throws, the file has been removed. Does not flush to
 * disk: flushing would slow down every save, while blobs are verified on every read, so that a crash of the machine
 * costs at most a snapshot.
 */
export function addBlob(store: Store, temporary: string, digest: Digest): void {
  const path = blobPath(store, digest);
  try {
    const { size } = lstatSync(temporary);
    ensureDirectory(store, dirname(path));
    const before = lstatSync(path, { throwIfNoEntry: false });
    // A file can't be renamed onto a directory.
    if (before?.isDirectory()) quarantine(store, path);
    renameSync(temporary, path);
    if (!before?.isFile()) addUsage(store, size);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A blob that was written under `tmp` and is not yet at its path. */
export interface StagedBlob extends BlobRef {
  path: string;
}

/** Writes a blob under `tmp`, for `addBlob` to move to its path. */
export function stageBlob(store: Store, bytes: Uint8Array): StagedBlob {
  const path = join(store.tmp, randomName("blob"));
  try {
    writeNew(path, bytes);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
  return { path, digest: sha256(bytes), size: bytes.length };
}

/**
 * Opens a blob for reading. The caller must verify its digest while reading.
 * @param size the size in the snapshot's record, in bytes
 * @throws PhaseCacheError `damaged` when it is missing, not a regular file, or of another size
 */
export function openBlob(store: Store, digest: Digest, size: number): number {
  const blob = openBlobFile(store, digest);
  if (blob === null) throw damaged(`${nameOf(digest)} is missing`);
  if (blob.size === size) return blob.fd;
  closeSync(blob.fd);
  // The record may be wrong about the size: only a blob with a wrong digest goes to quarantine.
  checkBlob(store, digest);
  throw damaged(`${nameOf(digest)} has ${blob.size} bytes instead of ${size}`);
}

/**
 * Reads and verifies the contents of a blob.
 * @param maxSize in bytes
 * @throws PhaseCacheError `damaged` when it is missing, too large, or has a wrong digest; in this case it goes to
 *   quarantine
 */
export function readBlob(store: Store, digest: Digest, maxSize: number): Buffer {
  const path = blobPath(store, digest);
  const bytes = quarantiningNonFiles(store, digest, () => readRegular(path, nameOf(digest), maxSize));
  if (bytes === null) throw damaged(`${nameOf(digest)} is missing`);
  if (sha256(bytes) === digest) return bytes;
  quarantine(store, path);
  throw damaged(`${nameOf(digest)} has a wrong digest`);
}

/**
 * Verifies a blob after a reader found an error. A damaged blob goes to quarantine.
 * @returns whether its digest is correct
 */
export function checkBlob(store: Store, digest: Digest): boolean {
  const blob = openBlobFile(store, digest);
  if (blob === null) return false;
  try {
    if (digestOfFile(blob.fd) === digest) return true;
  } finally {
    closeSync(blob.fd);
  }
  quarantine(store, blobPath(store, digest));
  return false;
}

/** Whether all these blobs exist, with these sizes. */
export function hasBlobs(store: Store, blobs: Iterable<BlobRef>): boolean {
  for (const { digest, size } of blobs) {
    const stat = statBlob(store, digest);
    if (stat === null || !stat.isFile() || stat.size !== size) return false;
  }
  return true;
}

/** Returns a blob's status; null if it does not exist. */
export function statBlob(store: Store, digest: Digest) {
  try {
    return lstatSync(blobPath(store, digest));
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

function nameOf(digest: Digest): string {
  return `blob ${digest.slice(0, 12)}`;
}

function openBlobFile(store: Store, digest: Digest) {
  return quarantiningNonFiles(store, digest, () => openRegular(blobPath(store, digest), nameOf(digest)));
}

/** Calls `open`. If it fails and the blob's path is not a regular file, moves that to quarantine. */
function quarantiningNonFiles<T>(store: Store, digest: Digest, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const stat = statBlob(store, digest);
    if (stat !== null && !stat.isFile()) quarantine(store, blobPath(store, digest));
    throw error;
  }
}
