import { lstatSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import { randomName } from "../../util/files.ts";
import type { Digest } from "../../util/hash.ts";
import { withDirectory } from "../fs/directory.ts";
import { blobParts, type Store } from "../layout.ts";
import type { BlobFile } from "../list-blobs.ts";
import type { Problem } from "../problem.ts";
import { type BlobRef, blobsOf } from "../records/header.ts";
import { listPackages, listRefs, readHeader } from "../records/list.ts";

/** Called with the number of bytes processed and the total. */
export type Progress = (done: number, total: number) => void;

/**
 * Removes blobs that no snapshot needs, without a lock against concurrent saves. First moves all blobs aside, then
 * reads all records that are not `known`, moves the blobs that they need back, and deletes the others. A save writes
 * its record before it checks its blobs: either its record is read here, or the save finds that a blob is missing.
 * @param known ids of snapshots that need none of these blobs
 * @returns the removed blobs, and those that could not be removed
 */
export function removeBlobs(
  store: Store,
  blobs: readonly BlobFile[],
  known: ReadonlySet<string>,
  progress: Progress = () => {},
): { removed: BlobFile[]; problems: Problem[] } {
  const problems: Problem[] = [];
  if (blobs.length === 0) return { removed: [], problems };
  const needed = neededSince(store, known);
  const name = randomName("collected");
  withDirectory(store, ["tmp"], (tmp) => mkdirSync(join(tmp, name), { mode: 0o770 }));
  const removed = withDirectory(store, ["tmp", name], (aside) => {
    const moved = blobs.filter((blob) => !needed.has(blob.digest) && moveAside(store, blob, aside, problems));
    const neededNow = neededSince(store, known);
    const total = moved.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    for (const { digest, size } of moved) {
      if (neededNow.has(digest)) moveBack(store, digest, aside);
      else unlinkSync(join(aside, digest));
      done += size;
      progress(done, total);
    }
    return moved.filter(({ digest }) => !neededNow.has(digest));
  });
  withDirectory(store, ["tmp"], (tmp) => rmdirSync(join(tmp, name)));
  return { removed: removed ?? [], problems };
}

/** Returns the digests that snapshots need whose ids are not `known`. */
function neededSince(store: Store, known: ReadonlySet<string>): Set<Digest> {
  const needed = new Set<Digest>();
  for (const ref of listPackages(store).flatMap((name) => listRefs(store, name))) {
    if (known.has(ref.id)) continue;
    for (const { digest } of blobsIn(() => readHeader(store, ref))) needed.add(digest);
  }
  return needed;
}

/** Returns a record's blobs; none for a record that can't be read, since it can't be restored either. */
function blobsIn(read: () => ReturnType<typeof readHeader>): BlobRef[] {
  try {
    const header = read();
    return header === null ? [] : blobsOf(header);
  } catch (error) {
    if (error instanceof PhaseCacheError || systemCode(error) !== undefined) return [];
    throw error;
  }
}

/** Returns false if the blob is no longer the one that was listed, since a save has just written it again. */
function moveAside(store: Store, blob: BlobFile, aside: string, problems: Problem[]): boolean {
  const parts = blobParts(blob.digest);
  const target = join(aside, blob.digest);
  try {
    const found = withDirectory(store, parts.slice(0, -1), (folder) =>
      renameSync(join(folder, blob.digest), target),
    );
    if (found === null) return false;
    const { ino, mtimeMs } = lstatSync(target);
    if (ino === blob.inode && mtimeMs === blob.modified) return true;
    moveBack(store, blob.digest, aside);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    if (code !== "ENOENT")
      problems.push({ code: "inaccessible", path: join(...parts), message: String(error) });
  }
  return false;
}

function moveBack(store: Store, digest: Digest, aside: string): void {
  withDirectory(store, blobParts(digest).slice(0, -1), (folder) =>
    renameSync(join(aside, digest), join(folder, digest)),
  );
}
