import type { ByteString } from "../../util/bytes.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";
import { parentOf, refused } from "./paths.ts";

/** An entry of the merged tree, and the layer that it comes from. */
export interface ResolvedEntry {
  /** Number of the layer. */
  layer: number;
  entry: LayerEntry;
}

/**
 * Merges layers into one tree, each applied over the previous ones. The last layer with a path wins. A removed path
 * takes everything below it with it, and so does a directory that another type of file replaces.
 * @throws PhaseCacheError `refused` for an entry whose parent is not a directory of the tree, a path that one layer
 *   has twice, and a hard link whose target is not earlier in the same layer
 */
export function flattenLayers(indexes: readonly LayerIndex[]): Map<ByteString, ResolvedEntry> {
  const tree = new Map<ByteString, ResolvedEntry>();
  // Paths of later layers: entries of earlier layers at or below them are hidden.
  const hidden = new Set<ByteString>();
  for (let layer = indexes.length - 1; layer >= 0; layer--) {
    const { entries, removed } = indexes[layer]!;
    const isHidden = hiddenBy(hidden);
    const own = entries.filter(({ path }) => !isHidden(path) && (tree.get(path)?.layer ?? layer) === layer);
    for (const entry of own) {
      if (tree.has(entry.path)) throw refused(entry.path, "its layer has this path twice");
      tree.set(entry.path, { layer, entry });
    }
    for (const { path, type } of entries) if (type !== "d") hidden.add(path);
    for (const path of removed) hidden.add(path);
  }
  checkTree(tree);
  return tree;
}

/** Returns a predicate: whether a path or a directory above it is in the set. Caches the result for each directory. */
export function hiddenBy(set: ReadonlySet<ByteString>): (path: ByteString) => boolean {
  const known = new Map<ByteString, boolean>();
  const isHidden = (path: ByteString): boolean => {
    if (set.has(path)) return true;
    const parent = parentOf(path);
    if (parent === null) return false;
    let hidden = known.get(parent);
    if (hidden === undefined) {
      hidden = isHidden(parent);
      known.set(parent, hidden);
    }
    return hidden;
  };
  return set.size === 0 ? () => false : isHidden;
}

function checkTree(tree: ReadonlyMap<ByteString, ResolvedEntry>): void {
  for (const [path, { layer, entry }] of tree) {
    const parent = parentOf(path);
    if (parent !== null && tree.get(parent)?.entry.type !== "d")
      throw refused(path, "its parent is not a directory");
    if (entry.type !== "h") continue;
    const target = tree.get(entry.target);
    const isEarlier = target !== undefined && target.layer === layer && target.entry.start < entry.start;
    if (!isEarlier || target.entry.type === "d" || target.entry.type === "h") {
      throw refused(path, "it is a hard link to a missing file");
    }
  }
}
