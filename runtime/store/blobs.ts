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
 * Moves a finished file from the store's `tmp` into its place. It replaces what may be there already: that is how a
 * damaged blob heals, and a blob that was about to be collected is young again. When it throws, the file is gone. Nothing
 * waits for the disk: a blob is verified whenever it is read, so that a crash of the machine costs a snapshot, where
 * flushing would cost every save.
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

/** Contents of a blob under `tmp`, which nobody finds yet; its size in bytes. */
export interface StagedBlob extends BlobRef {
  path: string;
}

/** Writes the bytes of a blob that `addBlob` is to put into its place. */
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
 * Opens a blob for reading. Its digest is not verified: the reader does that while it reads.
 * @param size what the snapshot says of its size, in bytes
 * @throws PhaseCacheError `damaged` when it is missing, of another size, or no regular file
 */
export function openBlob(store: Store, digest: Digest, size: number): number {
  const blob = guarded(store, digest, () => openRegular(blobPath(store, digest), nameOf(digest)));
  if (blob === null) throw damaged(`${nameOf(digest)} is missing`);
  if (blob.size === size) return blob.fd;
  closeSync(blob.fd);
  // The size is the record's claim: only a blob that contradicts its own name is the one to blame.
  checkBlob(store, digest);
  throw damaged(`${nameOf(digest)} has ${blob.size} bytes instead of ${size}`);
}

/**
 * The contents of a blob, verified.
 * @param most the most bytes to take into memory
 * @throws PhaseCacheError `damaged` when it is missing, wrong or larger; a wrong one goes to quarantine
 */
export function readBlob(store: Store, digest: Digest, most: number): Buffer {
  const path = blobPath(store, digest);
  const bytes = guarded(store, digest, () => readRegular(path, nameOf(digest), most));
  if (bytes === null) throw damaged(`${nameOf(digest)} is missing`);
  if (sha256(bytes) === digest) return bytes;
  quarantine(store, path);
  throw damaged(`${nameOf(digest)} has a wrong digest`);
}

/**
 * Reads a whole blob again, after a reader found something wrong; one that is wrong goes to quarantine.
 * @returns whether its digest is right
 */
export function checkBlob(store: Store, digest: Digest): boolean {
  const blob = guarded(store, digest, () => openRegular(blobPath(store, digest), nameOf(digest)));
  if (blob === null) return false;
  try {
    if (digestOfFile(blob.fd) === digest) return true;
  } finally {
    closeSync(blob.fd);
  }
  quarantine(store, blobPath(store, digest));
  return false;
}

/** Whether all these blobs are there, with these sizes. */
export function hasBlobs(store: Store, blobs: Iterable<BlobRef>): boolean {
  for (const { digest, size } of blobs) {
    const stat = statBlob(store, digest);
    if (stat === null || !stat.isFile() || stat.size !== size) return false;
  }
  return true;
}

/** Null when there is none. */
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

/** Quarantines what is in the place of a blob when it is no file at all. */
function guarded<T>(store: Store, digest: Digest, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const stat = statBlob(store, digest);
    if (stat !== null && !stat.isFile()) quarantine(store, blobPath(store, digest));
    throw error;
  }
}
