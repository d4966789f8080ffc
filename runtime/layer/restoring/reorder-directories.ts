import { chmodSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { byAge, type DirectoryOrder, listNames } from "../../tree/directory-order.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { type ByteString, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { type NameOrders, splitPath } from "../index/name-order.ts";
import { below } from "./placement.ts";

/** PATH_MAX, with the NUL at its end. */
const longestPath = 4096;

/**
 * Makes directories below `staging` list their names in the order in which these came. One that does not is made anew,
 * with what it holds moved into it name by name.
 * @param wanted of the directories that there are
 * @returns layer paths of directories whose modes and times have to be set again
 */
export function reorderDirectories(
  staging: string,
  wanted: NameOrders,
  order: DirectoryOrder,
): Set<ByteString> {
  const changed = new Set<ByteString>();
  const spare = Buffer.from(join(staging, "reordered"));
  // What is made anew comes last in the directory above, which is looked at after it.
  const deepestFirst = [...wanted].sort(([a], [b]) => b.length - a.length);
  for (const [path, layerNames] of deepestFirst) {
    heartbeat();
    const directory = below(Buffer.from(staging), toBytes(unescapeNames(path)));
    const names = layerNames.map(unescapeNames);
    if (names.length < 2 || isInOrder(directory, names, order)) continue;
    chmodSync(directory, 0o700);
    mkdirSync(spare, { mode: 0o700 });
    for (const [i, name] of names.entries()) {
      const opened = move(below(directory, toBytes(name)), below(spare, toBytes(name)));
      if (opened) changed.add(`${path}/${layerNames[i]}`);
    }
    rmdirSync(directory);
    renameSync(spare, directory);
    changed.add(path);
    changed.add(splitPath(path)[0]);
  }
  return changed;
}

/** True also for one whose names can't be reached from the file system's root. */
function isInOrder(directory: Buffer, names: readonly ByteString[], order: DirectoryOrder): boolean {
  if (directory.length + 1 + Math.max(...names.map(({ length }) => length)) >= longestPath) return true;
  const present = byAge(listNames(directory), order);
  return present.length !== names.length || present.every((name, i) => name === names[i]);
}

/**
 * A directory that denies writing to its owner can't be moved to another one, since its `..` would change.
 * @returns whether its mode had to be changed
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
