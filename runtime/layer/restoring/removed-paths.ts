import { lstatSync, readdirSync, type Stats } from "node:fs";
import { diskPath, isOutput, type Root } from "../../tree/entry.ts";
import { escapeNames } from "../../tree/paths.ts";
import type { ByteString } from "../../util/bytes.ts";
import type { LayerIndex } from "../index/layer-index.ts";
import { parentOf, rootOf } from "../index/paths.ts";

/** A file or directory that is in a root before a restore, and was gone after some phase of the snapshot. */
export interface RemovedPath {
  root: Root;
  /** On disk. */
  path: Buffer;
  /** The output, or what holds it in another root itself. */
  top: Buffer;
}

/**
 * What layers say is gone and yet is there: a setup hook makes it in every build, and a phase removed it, or put
 * something else in the place of a directory. Nothing is looked for behind a symlink.
 */
export function findRemovedPaths(indexes: readonly LayerIndex[], roots: readonly Root[]): RemovedPath[] {
  const tops = new Set(roots.flatMap(topsOf));
  const gone: RemovedPath[] = [];
  const add = (path: ByteString, isIt: (status: Stats) => boolean) => {
    const top = topOf(path);
    if (!tops.has(top)) return;
    const status = statusOf(roots, path);
    if (status === null || !isIt(status)) return;
    const root = roots.find(({ name }) => name === rootOf(path))!;
    gone.push({ root, path: diskPath(roots, path), top: diskPath(roots, top) });
  };
  for (const { entries, removed } of indexes) {
    for (const path of removed) add(path, () => true);
    for (const { path, type } of entries) if (type !== "d") add(path, (status) => status.isDirectory());
  }
  return gone;
}

/** Layer paths of what a root has directly in it: in most builds nothing. */
function topsOf({ name, path }: Root): ByteString[] {
  if (isOutput(name)) return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [] : [name];
  return readdirSync(path, { encoding: "latin1" }).map((own) => `${name}/${escapeNames(own)}`);
}

function topOf(path: ByteString): ByteString {
  const root = rootOf(path);
  return isOutput(root) ? root : path.split("/", 2).join("/");
}

/** What a layer path is on disk; null when it is not there, or not in directories alone. */
function statusOf(roots: readonly Root[], path: ByteString): Stats | null {
  for (let parent = parentOf(path); parent !== null; parent = parentOf(parent)) {
    if (!lstatSync(diskPath(roots, parent), { throwIfNoEntry: false })?.isDirectory()) return null;
  }
  return lstatSync(diskPath(roots, path), { throwIfNoEntry: false }) ?? null;
}
