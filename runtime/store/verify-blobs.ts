import { closeSync } from "node:fs";
import { join } from "node:path";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import type { Digest } from "../util/hash.ts";
import { digestOfFile } from "./fs/file-digest.ts";
import { openRegular } from "./fs/files.ts";
import { blobParts, blobPath, type Store } from "./layout.ts";
import type { Problem } from "./problem.ts";
import { quarantine } from "./quarantine.ts";

/**
 * Reads and verifies blobs. Those with a wrong digest go to quarantine if the store is open for writing.
 * @param progress called with the number of bytes read so far
 * @returns the blobs that can't be restored
 */
export function findDamagedBlobs(
  store: Store,
  digests: Iterable<Digest>,
  progress: (done: number) => void,
): { digest: Digest; problem: Problem }[] {
  let done = 0;
  const read = (bytes: number) => {
    done += bytes;
    progress(done);
  };
  return [...digests].flatMap((digest) => {
    const problem = examine(store, digest, read);
    return problem === null ? [] : [{ digest, problem }];
  });
}

function examine(store: Store, digest: Digest, read: (bytes: number) => void): Problem | null {
  const path = join(...blobParts(digest));
  try {
    if (matchesDigest(store, digest, read)) return null;
  } catch (error) {
    const code = systemCode(error);
    if (code !== undefined) return { code: "inaccessible", path, message: String(error) };
    if (!(error instanceof PhaseCacheError)) throw error;
  }
  quarantine(store, blobPath(store, digest));
  return { code: "damaged-blob", path, message: "its contents do not match its digest" };
}

/** Also true if the blob no longer exists. */
function matchesDigest(store: Store, digest: Digest, read: (bytes: number) => void): boolean {
  const blob = openRegular(blobPath(store, digest), digest);
  if (blob === null) return true;
  try {
    return digestOfFile(blob.fd, read) === digest;
  } finally {
    closeSync(blob.fd);
  }
}
