import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeStaging } from "../../layer/staging-directory.ts";
import { isOutput, isTemporary, type Root } from "../../tree/entry.ts";
import { isOwnTemporary } from "../../tree/find.ts";
import { removeTree } from "../../tree/remove.ts";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { Backup } from "./backup.ts";

/** Where it is kept what was in the build directory before anything was restored; `pid` is the builder's. */
function baselinePath(pid: number): string {
  return `/tmp/phasecache-before-${pid}`;
}

function unfinished(pid: number): string {
  return `${baselinePath(pid)}.new`;
}

function namesIn(directory: string): string[] {
  return readdirSync(directory, { encoding: "buffer" }).map(fromBytes);
}

/** What is in the way of a restore, and has to come back if that comes to no end. */
export function backupOf(pid: number): Backup {
  return new Backup(`${baselinePath(pid)}.backup`);
}

/**
 * To be called before a restore: makes `undoRestore` possible, and the hook's `_phaseCacheUndoRestore` when this process comes
 * to no end. The note is a list of words that each end in NUL: `-PATH` for an output that is not there; `+DIRECTORY` for
 * another root, and behind it `=NAME` for each name in it.
 */
export function recordBaseline(pid: number, roots: readonly Root[]): void {
  backupOf(pid).forget();
  const words = roots.flatMap(({ name, path }) => {
    if (!isOutput(name)) return [`+${path}`, ...namesIn(path).map((own) => `=${own}`)];
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [`-${path}`] : [];
  });
  const note = words.map((word) => `${word}\0`).join("");
  // All of it at once: by half a note, undoing would remove what was there before.
  rmSync(unfinished(pid), { force: true });
  writeFileSync(unfinished(pid), toBytes(note), { flag: "wx", mode: 0o600 });
  renameSync(unfinished(pid), baselinePath(pid));
}

export function discardBaseline(pid: number): void {
  for (const path of [unfinished(pid), baselinePath(pid)]) rmSync(path, { force: true });
  backupOf(pid).forget();
}

/**
 * Removes what a restore has put into the roots and puts back what it has replaced, so that the phases can run from the
 * start.
 * @param tar absolute path of GNU tar
 */
export async function undoRestore(pid: number, roots: readonly Root[], tar: string): Promise<void> {
  removeStaging(roots);
  const before = readBaseline(pid);
  if (before === null) return;
  removeAdded(before, roots);
  await backupOf(pid).putBack(tar);
  discardBaseline(pid);
}

function removeAdded(before: readonly ByteString[], roots: readonly Root[]): void {
  for (const { name, path } of roots) {
    if (isOutput(name)) {
      if (before.includes(`-${path}`)) removeTree(Buffer.from(path));
      continue;
    }
    const known = new Set(namesBefore(before, path));
    const added = namesIn(path).filter((entry) => !known.has(entry) && !isOwnFile(name, entry));
    for (const entry of added) removeTree(Buffer.concat([Buffer.from(join(path, "/")), toBytes(entry)]));
  }
}

/** In /tmp are the restoredLines themselves. */
function isOwnFile(root: Root["name"], name: ByteString): boolean {
  return isTemporary(root) && isOwnTemporary(name);
}

function namesBefore(before: readonly ByteString[], directory: string): ByteString[] {
  const start = before.indexOf(`+${directory}`) + 1;
  const names = before.slice(start === 0 ? before.length : start);
  const end = names.findIndex((word) => !word.startsWith("="));
  return names.slice(0, end < 0 ? names.length : end).map((word) => word.slice(1));
}

/** The words of the note; null when there was no restore. */
function readBaseline(pid: number): ByteString[] | null {
  try {
    return fromBytes(readFileSync(baselinePath(pid))).split("\0");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
