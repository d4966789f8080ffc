import { byAge, type DirectoryOrder } from "../../tree/directory-order.ts";
import type { ByteString } from "../../util/bytes.ts";
import { hiddenBy, type ResolvedEntry } from "./flatten.ts";
import type { LayerIndex } from "./layer-index.ts";

/** Names in directories, by layer path of the directory, in the order in which they came there. `build` is one. */
export type NameOrders = ReadonlyMap<ByteString, readonly ByteString[]>;

/** The directory part of a layer path, and what follows it. */
export function splitPath(path: ByteString): [directory: ByteString, name: ByteString] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * Layer paths, listed as a file system lists them, in the order in which they came into their directories: that of a
 * layer's entries. Parents stay before what is in them.
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
 * The order in which names came into each directory of a tree that layers make: with the first layer that has them, and
 * within a layer as its entries stand, unless `known` says otherwise.
 */
export function nameOrders(
  indexes: readonly LayerIndex[],
  live: ReadonlyMap<ByteString, ResolvedEntry>,
  known: NameOrders,
): Map<ByteString, ByteString[]> {
  const first = firstLayers(indexes, live);
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
    const told = [...new Set(names)].filter((name) => present.delete(name));
    if (told.length > 0) orders.set(directory, [...told, ...present]);
  }
  return orders;
}

/** The layer since which each path of the tree has been there without a break. */
function firstLayers(
  indexes: readonly LayerIndex[],
  live: ReadonlyMap<ByteString, ResolvedEntry>,
): Map<ByteString, number> {
  const first = new Map<ByteString, number>();
  const removed = new Set<ByteString>();
  for (let layer = indexes.length - 1; layer >= 0; layer--) {
    const isRemoved = hiddenBy(removed);
    for (const { path } of indexes[layer]!.entries)
      if (live.has(path) && !isRemoved(path)) first.set(path, layer);
    for (const path of indexes[layer]!.removed) removed.add(path);
  }
  return first;
}

/**
 * What `nameOrders` would not find out by itself after the next layer: directories in which names that were there
 * before have come anew (by a rename onto them, say), or which list new names among the old.
 * @param directories those in which names have come or gone
 * @param before,after list the names in a directory, in the order in which they came; null for one that is not there
 * @param isLast whether a path that is new comes behind all others in the layer, whenever it came
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
      const [wereThere, areThere] = [new Set(old), new Set(now)];
      const isLastHere = (name: ByteString) => isLast(`${directory}/${name}`);
      const added = now.filter((name) => !wereThere.has(name));
      const expected = [
        ...old.filter((name) => areThere.has(name)),
        ...added.filter((name) => !isLastHere(name)),
        ...added.filter(isLastHere),
      ];
      if (!expected.every((name, i) => name === now[i])) orders.set(directory, now);
    }
  }
  return orders;
}

/** The names in some directories of a tree, in the order in which they came there. */
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
