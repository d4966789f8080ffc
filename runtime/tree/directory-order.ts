import { mkdirSync, opendirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../util/error.ts";
import { randomName } from "../util/files.ts";

/** The order in which a file system lists names: by age, or ("none") always the same for the same names. */
export type DirectoryOrder = "oldest-first" | "newest-first" | "none";

/** The magic number of ext2 to ext4 (linux/magic.h). They list by a hash of the names, keyed by file system. */
const extMagic = 0xef53;

/** Two orders of this many names agree by chance once in half a billion. */
const probeCount = 12;

/** Finds the order in which the file system of `directory` lists names, by means of a temporary directory in it. */
export function directoryOrder(directory: string): DirectoryOrder {
  if (statfsSync(directory).type === extMagic) return "none";
  const path = join(directory, `.phasecache-${randomName("order")}`);
  try {
    mkdirSync(path, { mode: 0o700 });
    const names = Array.from({ length: probeCount }, (_, i) => `${(i * 5) % probeCount}-name`);
    for (const name of names) writeFileSync(join(path, name), "");
    const listed = listNames(Buffer.from(path)).join();
    if (listed === names.join()) return "oldest-first";
    return listed === names.reverse().join() ? "newest-first" : "none";
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Lists the names in a directory as byte strings, in the system's order. Node's readdir does not preserve that order. */
export function listNames(directory: Buffer): string[] {
  // The types allow only text and UTF-8, but opendir takes the same paths and encodings as readdir.
  const options = { encoding: "latin1" as BufferEncoding, bufferSize: 1024 };
  const opened = opendirSync(directory as unknown as string, options);
  try {
    const names: string[] = [];
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) names.push(entry.name);
    return names;
  } finally {
    opened.closeSync();
  }
}

/** Sorts listed names by age, oldest first, given the order of the file system. */
export function byAge<T>(listed: readonly T[], order: DirectoryOrder): T[] {
  return order === "newest-first" ? [...listed].reverse() : [...listed];
}

/** Returns `directoryOrder`, or "none" where the directory is not writable. */
export function directoryOrderOrNone(directory: string): DirectoryOrder {
  try {
    return directoryOrder(directory);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return "none";
  }
}
