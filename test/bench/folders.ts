import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../sandbox/rig/places.ts";
import { isAlive } from "../sandbox/rig/users.ts";

const prefix = "phasecache-bench-";

/** Creates an empty folder on the file system that builds use. Removes the folders of runs that were killed. */
export function makeFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeTree(join(tmpdir(), name));
  }
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

export function removeFolder(folder: string): void {
  removeTree(folder);
}

/** Empties a directory; creates it when it is missing. */
export function makeEmpty(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
}

/** The total size in bytes of all files below a directory. */
export function bytesBelow(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
