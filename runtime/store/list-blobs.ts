import { lstatSync } from "node:fs";
import { join } from "node:path";
import { type Digest, isDigest } from "../util/hash.ts";
import type { Store } from "./layout.ts";
import { namesIn } from "./records/list.ts";

/** A blob's file. */
export interface BlobFile {
  digest: Digest;
  size: number;
  inode: number;
  /** mtime, in milliseconds since the epoch. */
  modified: number;
  /** ctime, in milliseconds since the epoch. */
  changed: number;
}

/** Lists all blobs, and the paths (below the store's base) of other files among them. */
export function listBlobs(store: Store): { blobs: Map<Digest, BlobFile>; unknownFiles: string[] } {
  const blobs = new Map<Digest, BlobFile>();
  const unknownFiles: string[] = [];
  for (const prefix of namesIn(join(store.base, "blobs", "sha256"))) {
    const folder = join("blobs", "sha256", prefix);
    const stat = lstatSync(join(store.base, folder), { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (!stat.isDirectory() || !/^[0-9a-f]{2}$/.test(prefix)) {
      unknownFiles.push(folder);
      continue;
    }
    for (const name of namesIn(join(store.base, folder))) {
      const blob = isDigest(name) && name.startsWith(prefix) ? statFile(store, folder, name) : null;
      if (blob === null) unknownFiles.push(join(folder, name));
      else if (blob !== undefined) blobs.set(blob.digest, blob);
    }
  }
  return { blobs, unknownFiles };
}

/** Returns null if the file is not a regular file, undefined if it no longer exists. */
function statFile(store: Store, folder: string, digest: Digest): BlobFile | null | undefined {
  const stat = lstatSync(join(store.base, folder, digest), { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) return null;
  return { digest, size: stat.size, inode: stat.ino, modified: stat.mtimeMs, changed: stat.ctimeMs };
}
