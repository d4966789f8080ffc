import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import type { Outputs } from "../key/derivation/outputs.ts";
import {
  findOtherOrders,
  type NameOrders,
  namesByAge,
  sortByAge,
  splitPath,
} from "../layer/index/name-order.ts";
import { rootOf } from "../layer/index/paths.ts";
import type { NameOrder, SnapshotRecord } from "../store/records/record.ts";
import { type DirectoryOrder, directoryOrderOrNone } from "../tree/directory-order.ts";
import { isSparse, isTemporary, type Root, type Tree, typeOf } from "../tree/entry.ts";
import type { ByteString } from "../util/bytes.ts";
import { relocator } from "./patterns.ts";

/** A record has at most this many names: more would make it large. */
const mostNames = 100_000;

/**
 * Returns the order in which the file system of each root lists names. An output does not exist yet, so this looks at its
 * parent directory. The order in temporary directories does not count: few phases leave anything there.
 */
export function directoryOrdersOf(roots: readonly Root[]): Record<string, DirectoryOrder> {
  const known = new Map<number, DirectoryOrder>();
  return Object.fromEntries(
    roots.map(({ name, path }) => {
      if (isTemporary(name)) return [name, "none"];
      const directory = name === "build" ? path : dirname(path);
      const device = lstatSync(directory, { throwIfNoEntry: false })?.dev ?? 0;
      const order = known.get(device) ?? directoryOrderOrNone(directory);
      known.set(device, order);
      return [name, order];
    }),
  );
}

/** The order of names in a snapshot, relocated to these outputs. */
export function orderIn({ header, body }: SnapshotRecord, outputs: Outputs): NameOrder[] {
  const relocate = relocator(header.outputs, outputs);
  return (body.order ?? []).map(([directory, names]) => [relocate(directory), names.map(relocate)]);
}

/** The changes of a tree. */
export interface TreeChange {
  changed: readonly ByteString[];
  removed: readonly ByteString[];
  /** The parts in which the trees differ. */
  before: Tree;
  after: Tree;
  /** The full trees; `before` is null if there is no layer yet. */
  all: { before: (() => Tree) | null; after: () => Tree };
}

/**
 * Sorts the changed paths by when they were added to their directories, and returns the order of the other names that the
 * snapshot has to record. Does nothing if no file system keeps an order.
 */
export function orderNames(
  {
    directoryOrders,
    order,
  }: { directoryOrders: Readonly<Record<string, DirectoryOrder>>; order: NameOrder[] },
  change: TreeChange,
): { changed: readonly ByteString[]; order: NameOrder[] } {
  const kindOf = (path: ByteString) => directoryOrders[path === "build" ? path : rootOf(path)] ?? "none";
  if (Object.values(directoryOrders).every((kind) => kind === "none"))
    return { changed: change.changed, order };
  const changed = Object.entries(directoryOrders).flatMap(([root, kind]) =>
    sortByAge(
      change.changed.filter((path) => rootOf(path) === root),
      kind,
    ),
  );
  const sparse = new Set(changed.filter((path) => isNewAndSparse(change, path)));
  const directories = new Set([...directoriesOf(change), ...[...sparse].map((path) => splitPath(path)[0])]);
  for (const directory of directories) if (kindOf(directory) === "none") directories.delete(directory);
  if (directories.size === 0) return { changed, order };
  const tree = change.all.after();
  const names = (of: Tree) => namesByAge(of.keys(), directories, kindOf);
  const [before, after] = [names(change.all.before?.() ?? new Map()), names(tree)];
  const exists = (directory: ByteString) => directory === "build" || tree.has(directory);
  const orders = findOtherOrders(
    new Map(order.filter(([directory]) => exists(directory))),
    directories,
    (directory) => before.get(directory) ?? null,
    (directory) => (exists(directory) ? (after.get(directory) ?? []) : null),
    (path) => sparse.has(path),
  );
  return { changed, order: limited(orders) };
}

function isNewAndSparse({ before, after }: TreeChange, path: ByteString): boolean {
  const entry = after.get(path);
  return entry !== undefined && !before.has(path) && isSparse(entry);
}

/** Directories that existed before, and in which names may have been added or removed. */
function directoriesOf({ changed, removed, before, after, all }: TreeChange): Set<ByteString> {
  const found = new Set<ByteString>();
  if (all.before === null) return found;
  for (const path of changed) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old !== undefined && now !== undefined && typeOf(old) === "d" && typeOf(now) === "d") found.add(path);
  }
  const isFirst = (path: ByteString) => splitPath(path)[0] === "build";
  if (changed.some(isFirst) || removed.some(isFirst)) found.add("build");
  return found;
}

function limited(orders: NameOrders): NameOrder[] {
  let remaining = mostNames;
  return [...orders].flatMap(([directory, names]) => {
    remaining -= names.length;
    return remaining < 0 ? [] : [[directory, [...names]] as NameOrder];
  });
}
