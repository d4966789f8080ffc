import { chmodSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { byAge, type DirectoryOrder, listNames } from "../../tree/directory-order.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { type ByteString, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { type NameOrders, splitPath } from "../index/name-order.ts";
import { below } from "./placement.ts";

/** PATH_MAX, with the trailing NUL. */
const longestPath = 4096;

/**
 * Makes directories below `staging` list their names in the order of creation. A directory with another order is
 * recreated, and its contents are moved into the new one, name by name.
 * @param wanted the names of existing directories, in order
 * @returns layer paths of directories whose modes and times must be set again
 */
export function reorderDirectories(
  staging: string,
  wanted: NameOrders,
  order: DirectoryOrder,
): Set<ByteString> {
  const changed = new Set<ByteString>();
  const replacement = Buffer.from(join(staging, "reordered"));
  // A recreated directory comes last in its parent, so the parent is checked after it.
  const deepestFirst = [...wanted].sort(([a], [b]) => b.length - a.length);
  for (const [path, layerNames] of deepestFirst) {
    heartbeat();
    const directory = below(Buffer.from(staging), toBytes(unescapeNames(path)));
    const names = layerNames.map(unescapeNames);
    if (names.length < 2 || isInOrder(directory, names, order)) continue;
    chmodSync(directory, 0o700);
    mkdirSync(replacement, { mode: 0o700 });
    for (const [i, name] of names.entries()) {
      const modeChanged = move(below(directory, toBytes(name)), below(replacement, toBytes(name)));
      if (modeChanged) changed.add(`${path}/${layerNames[i]}`);
    }
    rmdirSync(directory);
    renameSync(replacement, directory);
    changed.add(path);
    changed.add(splitPath(path)[0]);
  }
  return changed;
}

/** Also true for a directory whose names can't be reached by an absolute path. */
function isInOrder(directory: Buffer, names: readonly ByteString[], order: DirectoryOrder): boolean {
  if (directory.length + 1 + Math.max(...names.map(({ length }) => length)) >= longestPath) return true;
  const present = byAge(listNames(directory), order);
  return present.length !== names.length || present.every((name, i) => name === names[i]);
}

/**
 * Renames a file. A directory that its owner can't write to is unlocked first: moving it changes its `..` entry.
 * @returns whether the mode had to be changed
 */
function move(from: Buffer, to: Buffer): boolean {
  try {
    renameSync(from, to);
    return false;
  } catch (error) {
    if (systemCode(error) !== "EACCES") throw error;
    chmodSync(from, 0o700);
    renameSync(from, to);
    return true;
  }
}
