import { byAge, type DirectoryOrder } from "../../tree/directory-order.ts";
import type { ByteString } from "../../util/bytes.ts";
import { hiddenBy, type ResolvedEntry } from "./flatten.ts";
import type { LayerIndex } from "./layer-index.ts";

/** For each directory, by layer path, its names in the order in which they were created. Includes the root `build`. */
export type NameOrders = ReadonlyMap<ByteString, readonly ByteString[]>;

/** Splits a layer path into its directory and its last component. */
export function splitPath(path: ByteString): [directory: ByteString, name: ByteString] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * Sorts layer paths, given in the order in which the file system lists them, by their creation in their directories:
 * the order of a layer's entries. Parents stay before their contents.
 */
export function sortByAge(listed: readonly ByteString[], order: DirectoryOrder): readonly ByteString[] {
  if (order !== "newest-first") return listed;
  const known = new Set(listed);
  const below = new Map<ByteString, ByteString[]>();
  const waiting: ByteString[] = [];
  for (const path of listed) {
    const [directory] = splitPath(path);
    if (!known.has(directory)) waiting.push(path);
    else if (below.get(directory)?.push(path) === undefined) below.set(directory, [path]);
  }
  const sorted: ByteString[] = [];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    sorted.push(path);
    for (const child of below.get(path) ?? []) waiting.push(child);
  }
  return sorted;
}

/**
 * Returns the order in which names were created in each directory of a merged tree: by the first layer that has them,
 * and within a layer in the order of its entries. `known` overrides it for some directories.
 */
export function nameOrders(
  indexes: readonly LayerIndex[],
  tree: ReadonlyMap<ByteString, ResolvedEntry>,
  known: NameOrders,
): Map<ByteString, ByteString[]> {
  const first = firstLayers(indexes, tree);
  const orders = new Map<ByteString, ByteString[]>();
  for (const [layer, { entries }] of indexes.entries()) {
    for (const { path } of entries) {
      if (first.get(path) !== layer) continue;
      const [directory, name] = splitPath(path);
      if (orders.get(directory)?.push(name) === undefined) orders.set(directory, [name]);
    }
  }
  for (const [directory, names] of known) {
    const present = new Set(orders.get(directory));
    const ordered = [...new Set(names)].filter((name) => present.delete(name));
    if (ordered.length > 0) orders.set(directory, [...ordered, ...present]);
  }
  return orders;
}

/** Returns, for each path of the tree, the layer since which it has existed without interruption. */
function firstLayers(
  indexes: readonly LayerIndex[],
  tree: ReadonlyMap<ByteString, ResolvedEntry>,
): Map<ByteString, number> {
  const first = new Map<ByteString, number>();
  const removed = new Set<ByteString>();
  for (let layer = indexes.length - 1; layer >= 0; layer--) {
    const isRemoved = hiddenBy(removed);
    for (const { path } of indexes[layer]!.entries)
      if (tree.has(path) && !isRemoved(path)) first.set(path, layer);
    for (const path of indexes[layer]!.removed) removed.add(path);
  }
  return first;
}

/**
 * Returns the orders that `nameOrders` could not derive after the next layer: of directories in which existing names
 * were created again (by a rename onto them, for example), or in which new names stand between old ones.
 * @param directories those in which names were added or removed
 * @param before,after list the names in a directory, in the order of their creation; null if there is no such
 *   directory
 * @param isLast whether a new path comes last in the layer, regardless of when it was created
 */
export function findOtherOrders(
  known: NameOrders,
  directories: Iterable<ByteString>,
  before: (directory: ByteString) => readonly ByteString[] | null,
  after: (directory: ByteString) => readonly ByteString[] | null,
  isLast: (path: ByteString) => boolean,
): Map<ByteString, readonly ByteString[]> {
  const orders = new Map(known);
  for (const directory of directories) {
    const [old, now] = [before(directory) ?? [], after(directory)];
    if (now === null) orders.delete(directory);
    else {
      const [oldNames, newNames] = [new Set(old), new Set(now)];
      const isLastHere = (name: ByteString) => isLast(`${directory}/${name}`);
      const added = now.filter((name) => !oldNames.has(name));
      const expected = [
        ...old.filter((name) => newNames.has(name)),
        ...added.filter((name) => !isLastHere(name)),
        ...added.filter(isLastHere),
      ];
      if (!expected.every((name, i) => name === now[i])) orders.set(directory, now);
    }
  }
  return orders;
}

/** Lists the names in some directories of a tree, in the order of their creation. */
export function namesByAge(
  paths: Iterable<ByteString>,
  directories: ReadonlySet<ByteString>,
  order: (path: ByteString) => DirectoryOrder,
): Map<ByteString, ByteString[]> {
  const names = new Map<ByteString, ByteString[]>();
  for (const path of paths) {
    const [directory, name] = splitPath(path);
    if (!directories.has(directory)) continue;
    if (names.get(directory)?.push(name) === undefined) names.set(directory, [name]);
  }
  return new Map([...names].map(([directory, listed]) => [directory, byAge(listed, order(directory))]));
}
