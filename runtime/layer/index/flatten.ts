import type { ByteString } from "../../util/bytes.ts";
import type { LayerEntry, LayerIndex, MetadataEntry } from "./layer-index.ts";
import { parentOf, refused } from "./paths.ts";

/** An entry of the merged tree. A file's mode and mtime may come from a later layer's metadata. */
export interface ResolvedEntry {
  /** Number of the layer that has the entry's bytes. */
  layer: number;
  entry: LayerEntry;
}

/**
 * Merges layers into one tree, each applied over the previous ones. The last layer with a path wins. A removed path
 * takes everything below it with it, and so does a directory that another type of file replaces. The metadata of a file
 * change the file of an earlier layer.
 * @throws PhaseCacheError `refused` for an entry whose parent is not a directory of the tree, a path that one layer
 *   has twice, a hard link whose target is not earlier in the same layer, and metadata of a path at which the earlier
 *   layers have no regular file of this size
 */
export function flattenLayers(indexes: readonly LayerIndex[]): Map<ByteString, ResolvedEntry> {
  const tree = new Map<ByteString, ResolvedEntry>();
  const metadata = new Map<ByteString, LayerMetadata>();
  // Paths of later layers: entries of earlier layers at or below them are hidden.
  const hidden = new Set<ByteString>();
  for (let layer = indexes.length - 1; layer >= 0; layer--) {
    const { entries, removed, metadata: newer } = indexes[layer]!;
    const isHidden = hiddenBy(hidden);
    const own = entries.filter(({ path }) => !isHidden(path) && (tree.get(path)?.layer ?? layer) === layer);
    for (const entry of own) {
      if (tree.has(entry.path)) throw refused(entry.path, "its layer has this path twice");
      tree.set(entry.path, { layer, entry: withMetadata(entry, metadata.get(entry.path)) });
    }
    for (const entry of newer) {
      const { path } = entry;
      if (tree.get(path)?.layer === layer || metadata.get(path)?.layer === layer)
        throw refused(path, "its layer has this path twice");
      if (!isHidden(path) && !tree.has(path) && !metadata.has(path)) metadata.set(path, { layer, entry });
    }
    for (const { path, type } of entries) if (type !== "d") hidden.add(path);
    for (const path of removed) hidden.add(path);
  }
  for (const path of metadata.keys())
    if (!tree.has(path)) throw refused(path, "no earlier layer has its contents");
  checkTree(tree, metadata);
  return tree;
}

/** Metadata, and the number of the layer that they come from. */
interface LayerMetadata {
  layer: number;
  entry: MetadataEntry;
}

/** Returns the entry of a file with the metadata of a later layer. */
function withMetadata(entry: LayerEntry, metadata: LayerMetadata | undefined): LayerEntry {
  if (metadata === undefined) return entry;
  const { path, mode, mtime, size } = metadata.entry;
  if (entry.type !== "f") throw refused(path, "the earlier layer's entry is not a regular file");
  if (entry.size !== size) throw refused(path, "its size differs from that of its contents");
  return { ...entry, mode, mtime, stored: { mode: entry.mode, mtime: entry.mtime } };
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

function checkTree(
  tree: ReadonlyMap<ByteString, ResolvedEntry>,
  metadata: ReadonlyMap<ByteString, LayerMetadata>,
): void {
  for (const [path, { layer, entry }] of tree) {
    const parent = parentOf(path);
    if (parent !== null && tree.get(parent)?.entry.type !== "d")
      throw refused(path, "its parent is not a directory");
    if (entry.type !== "h") continue;
    const target = tree.get(entry.target);
    const changed = metadata.get(entry.target);
    const isEarlier =
      changed === undefined
        ? target !== undefined && target.layer === layer && target.entry.start < entry.start
        : changed.layer === layer;
    if (!isEarlier || target?.entry.type === "d" || target?.entry.type === "h") {
      throw refused(path, "it is a hard link to a missing file");
    }
  }
}
