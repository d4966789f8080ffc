import type { ByteString } from "../util/bytes.ts";
import { detailsOf, directoryPart, type Entry, lastingPart, type Tree, typeOf } from "./entry.ts";

export interface TreeDifference {
  /** New or different: in the order of the later tree, so parents come before children. */
  changed: ByteString[];
  /** Gone: only the topmost of each removed directory, and nothing below a path that is no directory any more. */
  removed: ByteString[];
}

/** Tells which of these regular files have the contents that they had: all else but their ctime and inode is the same. */
export type FindSame = (paths: readonly ByteString[]) => ReadonlySet<ByteString>;

/**
 * What it takes to make `before` into `after`. A regular file differs with its mode, size or mtime; with its ctime or
 * inode unless `findSame` names it. A directory differs with its mode or mtime, a symlink with its mtime or target. When
 * one of several hard links differs, all of them do.
 * @param whole the later tree, where the others are no more than the parts in which it differs from the earlier one
 */
export function differTrees(
  before: Tree,
  after: Tree,
  whole: () => Tree = () => after,
  findSame: FindSame = () => new Set(),
): TreeDifference {
  const changed = new Set<ByteString>();
  const touched: ByteString[] = [];
  for (const [path, entry] of after) {
    const old = before.get(path);
    if (old !== undefined && isSame(old, entry)) continue;
    changed.add(path);
    if (old !== undefined && typeOf(entry) === "f" && isTouched(old, entry)) touched.push(path);
  }
  if (touched.length > 0) for (const path of findSame(touched)) changed.delete(path);
  const linked = new Set<string>();
  for (const path of changed) {
    const links = linksOf(after.get(path)!);
    if (links !== null) linked.add(links);
  }
  return {
    changed: linked.size === 0 ? [...changed] : withLinks(whole(), changed, linked),
    removed: removedPaths(before, after),
  };
}

/**
 * `changed` with those of the directories `known` that hold any of it, in the tree's order. They were there before the
 * first phase, so that no layer has them, and yet a layer has each file in a directory.
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
  if (typeOf(entry) === "d") return directoryPart(old.meta) === directoryPart(entry.meta);
  return typeOf(entry) !== "f" && isTouched(old, entry);
}

/** Whether nothing but the ctime is another; and the inode, of a file with one name. */
function isTouched(old: Entry, entry: Entry): boolean {
  if (lastingPart(old.meta) !== lastingPart(entry.meta)) return false;
  const [a, b] = [detailsOf(old), detailsOf(entry)];
  return a.links === b.links && (a.links === 1 || a.identity === b.identity);
}

/** What the hard links of an entry have in common; null for a file with one name, and for directories. */
function linksOf(entry: Entry): string | null {
  if (typeOf(entry) === "d" || entry.meta.endsWith(" 1")) return null;
  return detailsOf(entry).identity;
}

/** A link whose siblings are saved without it would become a file of its own. */
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
    // What is above the roots, and what both trees share, can't have gone.
    if (!before.has(parent)) removed.push(path);
    else {
      const entry = after.get(parent);
      if (entry !== undefined && typeOf(entry) === "d") removed.push(path);
    }
  }
  return removed;
}
