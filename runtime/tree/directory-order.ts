import { mkdirSync, opendirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../util/error.ts";
import { randomName } from "../util/files.ts";

/** How a file system lists a directory: by when each name came, or by something that is the same for the same names. */
export type DirectoryOrder = "oldest-first" | "newest-first" | "none";

/** ext2 to ext4 list by a hash of the names, with a key for each file system (linux/magic.h). */
const ext = 0xef53;

/** Two orders of so many names hardly ever agree by chance: once in half a billion. */
const probes = 12;

/** How the file system of a directory lists names; finds out with a directory in it, which is removed again. */
export function directoryOrder(directory: string): DirectoryOrder {
  if (statfsSync(directory).type === ext) return "none";
  const path = join(directory, `.phasecache-${randomName("order")}`);
  try {
    mkdirSync(path, { mode: 0o700 });
    const names = Array.from({ length: probes }, (_, i) => `${(i * 5) % probes}-name`);
    for (const name of names) writeFileSync(join(path, name), "");
    const listed = listNames(Buffer.from(path)).join();
    if (listed === names.join()) return "oldest-first";
    return listed === names.reverse().join() ? "newest-first" : "none";
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Names in a directory in the system's own order, which Node's readdir does not keep; as bytes. */
export function listNames(directory: Buffer): string[] {
  // Its types know only UTF-8, but it takes what readdir takes.
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

/** The order in which names came, from that in which they are listed. */
export function byAge<T>(listed: readonly T[], order: DirectoryOrder): T[] {
  return order === "newest-first" ? [...listed].reverse() : [...listed];
}

/** `directoryOrder`, or "none" where nothing can be written. */
export function directoryOrderOrNone(directory: string): DirectoryOrder {
  try {
    return directoryOrder(directory);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return "none";
  }
}
