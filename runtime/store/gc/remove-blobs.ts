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

/** Told how many bytes are done, of how many. */
export type Progress = (done: number, total: number) => void;

/**
 * Removes blobs that no snapshot needs, without a lock against savers. A blob is first moved aside; then all
 * records that the caller did not know of are read, and what they need is moved back; only the rest is deleted. A saver
 * writes its record first and looks for its blobs after that: either it is seen here, or it sees that a blob has gone.
 * @param known the ids of snapshots that are known to need none of these blobs
 * @returns the blobs that are gone, and what could not be removed
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

/** The digests that records need whose ids are not `known`. */
function neededSince(store: Store, known: ReadonlySet<string>): Set<Digest> {
  const needed = new Set<Digest>();
  for (const ref of listPackages(store).flatMap((name) => listRefs(store, name))) {
    if (known.has(ref.id)) continue;
    for (const { digest } of blobsIn(() => readHeader(store, ref))) needed.add(digest);
  }
  return needed;
}

/** A record that can't be read needs nothing: nobody can restore it. */
function blobsIn(read: () => ReturnType<typeof readHeader>): BlobRef[] {
  try {
    const header = read();
    return header === null ? [] : blobsOf(header);
  } catch (error) {
    if (error instanceof PhaseCacheError || systemCode(error) !== undefined) return [];
    throw error;
  }
}

/** False when the blob is not the one that was listed any more: a saver has just put it there anew. */
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
