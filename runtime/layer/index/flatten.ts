import type { ByteString } from "../../util/bytes.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";
import { parentOf, refused } from "./paths.ts";

/** Where the final tree has a file from. */
export interface ResolvedEntry {
  /** Number of the layer. */
  layer: number;
  entry: LayerEntry;
}

/**
 * The tree that layers make, each applied over those before it: the last writer of a path wins; a removed path goes
 * with all below it, and so does what lay below a path that is no directory any more.
 * @throws PhaseCacheError `refused` for a file that does not lie in a directory of the tree, a path that one layer has
 *   twice, and a hard link to what the same layer does not have before it
 */
export function flattenLayers(indexes: readonly LayerIndex[]): Map<ByteString, ResolvedEntry> {
  const live = new Map<ByteString, ResolvedEntry>();
  // What later layers say of a path hides what earlier ones say of it, or of all below it.
  const hidden = new Set<ByteString>();
  for (let layer = indexes.length - 1; layer >= 0; layer--) {
    const { entries, removed } = indexes[layer]!;
    const isHidden = hiddenBy(hidden);
    const own = entries.filter(({ path }) => !isHidden(path) && (live.get(path)?.layer ?? layer) === layer);
    for (const entry of own) {
      if (live.has(entry.path)) throw refused(entry.path, "its layer has it twice");
      live.set(entry.path, { layer, entry });
    }
    for (const { path, type } of entries) if (type !== "d") hidden.add(path);
    for (const path of removed) hidden.add(path);
  }
  checkTree(live);
  return live;
}

/** Tells whether a path or a directory above it is in the set; a directory is asked for only once. */
export function hiddenBy(set: ReadonlySet<ByteString>): (path: ByteString) => boolean {
  const known = new Map<ByteString, boolean>();
  const isHidden = (path: ByteString): boolean => {
    if (set.has(path)) return true;
    const parent = parentOf(path);
    if (parent === null) return false;
    let answer = known.get(parent);
    if (answer === undefined) {
      answer = isHidden(parent);
      known.set(parent, answer);
    }
    return answer;
  };
  return set.size === 0 ? () => false : isHidden;
}

function checkTree(live: ReadonlyMap<ByteString, ResolvedEntry>): void {
  for (const [path, { layer, entry }] of live) {
    const parent = parentOf(path);
    if (parent !== null && live.get(parent)?.entry.type !== "d")
      throw refused(path, "it lies in no directory");
    if (entry.type !== "h") continue;
    const target = live.get(entry.target);
    const before = target !== undefined && target.layer === layer && target.entry.start < entry.start;
    if (!before || target.entry.type === "d" || target.entry.type === "h") {
      throw refused(path, "it is a hard link to a file that is not there");
    }
  }
}
