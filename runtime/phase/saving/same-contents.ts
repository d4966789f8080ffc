import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { flattenLayers, type ResolvedEntry } from "../../layer/index/flatten.ts";
import { readContents } from "../../layer/read.ts";
import { relocateIndex } from "../../layer/relocation/patch.ts";
import { closeLayers, openLayers } from "../../snapshot/layers.ts";
import type { Store } from "../../store/layout.ts";
import type { SameContents, Suspects } from "../../tree/diff.ts";
import {
  type Details,
  detailsOf,
  diskPath,
  isSparse,
  sizeOf,
  type Tree,
  toMilliseconds,
} from "../../tree/entry.ts";
import type { ByteString } from "../../util/bytes.ts";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import { groupBy } from "../../util/group.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import type { SessionState } from "../session.ts";

/** Buffer for reading files, as long as a frame of a layer. */
const readBuffer = Buffer.allocUnsafeSlow(4 << 20);

/** Holes are read, too: larger sparse files are not compared. */
const largestSparse = 256 << 20;

/**
 * What reading one entry of the indexes costs, and what storing a file costs apart from its contents, both in bytes to store.
 */
const [costOfEntry, costOfFile] = [512, 1024];

/** When so many more files were different than equal, a phase has written to its files: comparing the others would waste time. */
const mostDifferent = 50;

type Build = Pick<SessionState, "layers" | "outputs" | "roots">;

/** A file on disk, and the entry whose contents it may have. */
interface Comparison extends ResolvedEntry {
  path: ByteString;
  details: Details;
  /** Whether the file's mode, mtime or number of links has changed. */
  hasChanged: boolean;
}

/**
 * Finds those of these regular files whose contents equal the contents in the build's layers. After `chmod -R u+w`, for
 * example, only the mode or the ctime of each file differs.
 * @param tree the current files
 */
export function findSameContents(store: Store, build: Build, tree: Tree, suspects: Suspects): SameContents {
  const same = new Map<ByteString, ByteString>();
  let different = 0;
  if (build.layers.length === 0 || !areWorthComparing(build, tree, suspects)) return same;
  try {
    const layers = openLayers(store, build.layers, build.outputs);
    try {
      const saved = flattenLayers(layers.map((layer) => relocateIndex(layer.index, layer)));
      for (const [layer, own] of groupBy(comparisonsOf(saved, tree, suspects), (one) => one.layer)) {
        const names = groupBy(own, ({ entry }) => entry);
        const entries = [...names.keys()].sort((a, b) => a.start - b.start);
        for (const { entry, contents } of readContents(layers[layer]!, entries)) {
          const [first, ...others] = names.get(entry)!;
          if (first!.hasChanged && different > mostDifferent + same.size) continue;
          if (!hasContents(diskPath(build.roots, first!.path), first!.details, contents)) {
            different++;
            continue;
          }
          // What was a hard link may have become another file.
          const links = others.filter(({ details }) => details.identity === first!.details.identity);
          for (const { path } of [first!, ...links]) same.set(path, entry.path);
        }
      }
    } finally {
      closeLayers(layers);
    }
  } catch (error) {
    // Files that can't be compared count as changed.
    if (!(error instanceof PhaseCacheError) && systemCode(error) === undefined) throw error;
  }
  return same;
}

/** Whether it takes less time to read the layers' indexes than to store the suspects that have changed. */
function areWorthComparing({ layers }: Build, tree: Tree, { unchanged, changed }: Suspects): boolean {
  if (unchanged.length > 0) return true;
  let reading = layers.reduce((sum, { entries }) => sum + entries, 0) * costOfEntry;
  for (const path of changed) {
    reading -= costOfFile + Number(sizeOf(tree.get(path)!));
    if (reading < 0) return true;
  }
  return false;
}

function comparisonsOf(
  saved: ReadonlyMap<ByteString, ResolvedEntry>,
  tree: Tree,
  { unchanged, changed }: Suspects,
): Comparison[] {
  const compare = (path: ByteString, hasChanged: boolean): Comparison[] => {
    const file = tree.get(path)!;
    const found = fileOf(saved, path);
    const details = detailsOf(file);
    const isReadable = details.size <= largestSparse || !isSparse(file);
    return found?.entry.size === details.size && isReadable ? [{ path, details, hasChanged, ...found }] : [];
  };
  return [
    ...unchanged.flatMap((path) => compare(path, false)),
    // A file that was a hard link has no entry of its own.
    ...changed.flatMap((path) => compare(path, true)).filter(({ path, entry }) => path === entry.path),
  ];
}

/** The entry with the contents of a path; null if it is not a regular file. */
function fileOf(saved: ReadonlyMap<ByteString, ResolvedEntry>, path: ByteString): ResolvedEntry | null {
  const found = saved.get(path);
  const file = found?.entry.type === "h" ? saved.get(found.entry.target) : found;
  return file?.entry.type === "f" ? file : null;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Whether a file consists of exactly these pieces, and has not changed since the scan. Stops at the first difference. False
 * for a file that can't be read.
 * @param pieces as many bytes as the file had in the scan
 */
function hasContents(path: Buffer, { size, ctime }: Details, pieces: Iterable<Buffer>): boolean {
  let fd: number | undefined;
  try {
    // A symlink or fifo that has replaced the file must neither be followed nor block.
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!beginsWith(fd, pieces)) return false;
    const now = fstatSync(fd);
    return now.size === size && now.ctimeMs === toMilliseconds(ctime);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function beginsWith(fd: number, pieces: Iterable<Buffer>): boolean {
  for (const piece of pieces) {
    heartbeat();
    for (let at = 0; at < piece.length; ) {
      const length = readSync(fd, readBuffer, 0, Math.min(readBuffer.length, piece.length - at), null);
      if (length === 0 || piece.compare(readBuffer, 0, length, at, at + length) !== 0) return false;
      at += length;
    }
  }
  return true;
}
