import { lstatSync, readdirSync, type Stats } from "node:fs";
import { diskPath, isOutput, type Root } from "../../tree/entry.ts";
import { escapeNames } from "../../tree/paths.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { LayerIndex } from "../index/layer-index.ts";
import { parentOf, rootOf } from "../index/paths.ts";

/** A file or directory that exists in a root before a restore, although a phase of the snapshot has removed it. */
export interface RemovedPath {
  root: Root;
  /** On disk. */
  path: Buffer;
  /** The output itself, or the name directly in another root that contains the path. */
  top: Buffer;
}

/**
 * Finds existing paths that the layers remove: files that a setup hook makes in every build, and that a phase
 * removed, or a directory that a phase replaced by another type of file. Does not follow symlinks.
 */
export function findRemovedPaths(indexes: readonly LayerIndex[], roots: readonly Root[]): RemovedPath[] {
  const tops = new Set(roots.flatMap(topsOf));
  const found: RemovedPath[] = [];
  const add = (path: ByteString, isRemoved: (status: Stats) => boolean) => {
    const top = topOf(path);
    if (!tops.has(top)) return;
    const status = statusOf(roots, path);
    if (status === null || !isRemoved(status)) return;
    const root = roots.find(({ name }) => name === rootOf(path))!;
    found.push({ root, path: diskPath(roots, path), top: diskPath(roots, top) });
  };
  for (const { entries, removed } of indexes) {
    for (const path of removed) add(path, () => true);
    for (const { path, type } of entries) if (type !== "d") add(path, (status) => status.isDirectory());
  }
  return found;
}

/** Returns the layer paths of a root's direct contents, or of an output itself. In most builds there are none. */
function topsOf({ name, path }: Root): ByteString[] {
  if (isOutput(name)) return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [] : [name];
  return readdirSync(path, { encoding: "latin1" }).map((own) => `${name}/${escapeNames(own)}`);
}

function topOf(path: ByteString): ByteString {
  const root = rootOf(path);
  return isOutput(root) ? root : path.split("/", 2).join("/");
}

/**
 * Returns the status of a layer path on disk; null if it does not exist, or lies below anything but real directories.
 */
function statusOf(roots: readonly Root[], path: ByteString): Stats | null {
  for (let parent = parentOf(path); parent !== null; parent = parentOf(parent)) {
    if (!lstatSync(diskPath(roots, parent), { throwIfNoEntry: false })?.isDirectory()) return null;
  }
  return lstatSync(diskPath(roots, path), { throwIfNoEntry: false }) ?? null;
}
