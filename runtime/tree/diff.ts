import type { ByteString } from "../util/bytes.ts";
import {
  detailsOf,
  directoryFields,
  type Entry,
  linksOf,
  sizeOf,
  stableFields,
  type Tree,
  typeOf,
} from "./entry.ts";

interface TreeDifference {
  /** New or different paths, in the order of the later tree: parents come before children. */
  changed: ByteString[];
  /** Removed paths: a directory without the paths below it, and nothing below a path that is no longer a directory. */
  removed: ByteString[];
  /** What the search for files with the same contents has found. */
  sameContents: SameContents;
}

/** Regular files that differ in their status, but not in their sizes. */
export interface Suspects {
  /** Only their ctime or inode differs. */
  unchanged: readonly ByteString[];
  /** Their mode, mtime or number of links differs. */
  changed: readonly ByteString[];
}

/**
 * The paths of files with the same contents as before, each with the path at which they are saved: for a hard link, that of
 * the file it links to.
 */
export type SameContents = ReadonlyMap<ByteString, ByteString>;

/** May leave out any of the suspects that are `changed`. */
export type FindSameContents = (suspects: Suspects) => SameContents;

/**
 * Compares two trees. A regular file is changed when its mode, size or mtime differs, or when its ctime or inode differs
 * and `findSameContents` does not return it; a directory, when its mode or mtime differs; a symlink, when its mtime or
 * target differs. When one of several hard links is changed, all of them are.
 * @param fullTree returns the complete later tree, where `before` and `after` are only the parts that differ
 */
export function diffTrees(
  before: Tree,
  after: Tree,
  fullTree: () => Tree = () => after,
  findSameContents: FindSameContents = () => new Map(),
): TreeDifference {
  const changed = new Set<ByteString>();
  const suspects = { unchanged: [] as ByteString[], changed: [] as ByteString[] };
  for (const [path, entry] of after) {
    const old = before.get(path);
    if (old !== undefined && isSame(old, entry)) continue;
    changed.add(path);
    if (old === undefined || typeOf(old) !== "f" || typeOf(entry) !== "f") continue;
    if (hasSameMeta(old, entry)) suspects.unchanged.push(path);
    else if (sizeOf(old) === sizeOf(entry)) suspects.changed.push(path);
  }
  const hasSuspects = suspects.unchanged.length > 0 || suspects.changed.length > 0;
  const sameContents: SameContents = hasSuspects ? findSameContents(suspects) : new Map();
  for (const path of suspects.unchanged) if (sameContents.has(path)) changed.delete(path);
  const linked = new Set<string>();
  for (const path of changed) {
    const links = linksOf(after.get(path)!);
    if (links !== null) linked.add(links);
  }
  return {
    changed: linked.size === 0 ? [...changed] : withLinks(fullTree(), changed, linked),
    removed: removedPaths(before, after),
    sameContents,
  };
}

/**
 * Adds to `changed` those of the directories `known` that contain a changed path; the result is in the tree's order. They
 * existed before the first phase, so that no layer contains them, but a layer must contain each file's directory.
 */
export function withParents(
  changed: readonly ByteString[],
  tree: () => Tree,
  known: readonly ByteString[],
): readonly ByteString[] {
  if (known.length === 0) return changed;
  const directories = new Set(known);
  const wanted = new Set(changed);
  for (const path of changed) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const parent = path.slice(0, end);
      if (directories.has(parent)) wanted.add(parent);
    }
  }
  if (wanted.size === changed.length) return changed;
  return [...tree().keys()].filter((path) => wanted.has(path));
}

function isSame(old: Entry, entry: Entry): boolean {
  if (old.target !== entry.target) return false;
  if (old.meta === entry.meta) return true;
  if (typeOf(entry) === "d") return directoryFields(old.meta) === directoryFields(entry.meta);
  return typeOf(entry) !== "f" && hasSameMeta(old, entry);
}

/** Whether only the ctime differs, or also the inode of a file with one name. */
function hasSameMeta(old: Entry, entry: Entry): boolean {
  if (stableFields(old.meta) !== stableFields(entry.meta)) return false;
  const [a, b] = [detailsOf(old), detailsOf(entry)];
  return a.links === b.links && (a.links === 1 || a.identity === b.identity);
}

/** Adds all hard links of the changed files: one that is saved alone would be restored as a separate file. */
function withLinks(after: Tree, changed: Set<ByteString>, linked: Set<string>): ByteString[] {
  return [...after]
    .filter(([path, entry]) => changed.has(path) || linked.has(linksOf(entry) ?? ""))
    .map(([path]) => path);
}

function removedPaths(before: Tree, after: Tree): ByteString[] {
  const removed: ByteString[] = [];
  for (const path of before.keys()) {
    if (after.has(path)) continue;
    const parent = path.slice(0, path.lastIndexOf("/"));
    // The parent is above the roots or in both trees, so it still exists.
    if (!before.has(parent)) removed.push(path);
    else {
      const entry = after.get(parent);
      if (entry !== undefined && typeOf(entry) === "d") removed.push(path);
    }
  }
  return removed;
}
