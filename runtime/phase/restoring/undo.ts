import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeStaging } from "../../layer/staging-directory.ts";
import { isOutput, isTemporary, type Root } from "../../tree/entry.ts";
import { isOwnTemporary } from "../../tree/find.ts";
import { removeTree } from "../../tree/remove.ts";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { systemCode } from "../../util/error.ts";
import { Backup } from "./backup.ts";

/** Path of the record of what existed before the restore. `pid` is the builder's. */
function baselinePath(pid: number): string {
  return `/tmp/phasecache-before-${pid}`;
}

function unfinished(pid: number): string {
  return `${baselinePath(pid)}.new`;
}

function namesIn(directory: string): string[] {
  return readdirSync(directory, { encoding: "buffer" }).map(fromBytes);
}

/** The backup of the files that a restore replaces. */
export function backupOf(pid: number): Backup {
  return new Backup(`${baselinePath(pid)}.backup`);
}

/**
 * Records what exists before a restore, so that `undoRestore` can roll it back, or the hook's `_phaseCacheUndoRestore` if
 * this process is killed. The baseline is a list of words that each end in NUL: `-PATH` for an output that does not exist;
 * `+DIRECTORY` for another root, followed by `=NAME` for each of its entries.
 */
export function recordBaseline(pid: number, roots: readonly Root[]): void {
  backupOf(pid).discard();
  const words = roots.flatMap(({ name, path }) => {
    if (!isOutput(name)) return [`+${path}`, ...namesIn(path).map((own) => `=${own}`)];
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? [`-${path}`] : [];
  });
  const baseline = words.map((word) => `${word}\0`).join("");
  // Renamed into place: with half a baseline, undoing would remove files that existed before.
  rmSync(unfinished(pid), { force: true });
  writeFileSync(unfinished(pid), toBytes(baseline), { flag: "wx", mode: 0o600 });
  renameSync(unfinished(pid), baselinePath(pid));
}

export function discardBaseline(pid: number): void {
  for (const path of [unfinished(pid), baselinePath(pid)]) rmSync(path, { force: true });
  backupOf(pid).discard();
}

/**
 * Rolls back a restore: removes the files that it has added to the roots and puts back those that it has replaced, so that
 * the phases can run from the start.
 * @param tar absolute path of GNU tar
 */
export async function undoRestore(pid: number, roots: readonly Root[], tar: string): Promise<void> {
  removeStaging(roots);
  const before = readBaseline(pid);
  if (before === null) return;
  removeAdded(before, roots);
  await backupOf(pid).restore(tar);
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

/** Whether this is one of phasecache's own files in /tmp, such as the baseline. */
function isOwnFile(root: Root["name"], name: ByteString): boolean {
  return isTemporary(root) && isOwnTemporary(name);
}

function namesBefore(before: readonly ByteString[], directory: string): ByteString[] {
  const start = before.indexOf(`+${directory}`) + 1;
  const names = before.slice(start === 0 ? before.length : start);
  const end = names.findIndex((word) => !word.startsWith("="));
  return names.slice(0, end < 0 ? names.length : end).map((word) => word.slice(1));
}

/** The words of the baseline; null if there was no restore. */
function readBaseline(pid: number): ByteString[] | null {
  try {
    return fromBytes(readFileSync(baselinePath(pid))).split("\0");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
