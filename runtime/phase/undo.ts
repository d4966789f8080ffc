import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeStaging, removeTree } from "../archive/staging.ts";
import type { Root } from "../tree/scan.ts";
import { fromBytes, toBytes } from "../util/bytes.ts";
import { systemCode } from "../util/error.ts";
import { Kept } from "./kept.ts";

/** Where it is kept what was in the build directory before anything was restored; `pid` is the builder's. */
function notePath(pid: number): string {
  return `/tmp/phasecache-before-${pid}`;
}

function unfinished(pid: number): string {
  return `${notePath(pid)}.new`;
}

function namesIn(directory: string): string[] {
  return readdirSync(directory, { encoding: "buffer" }).map(fromBytes);
}

/** What is in the way of a restore, and has to come back if that comes to no end. */
export function keptBefore(pid: number): Kept {
  return new Kept(`${notePath(pid)}.kept`);
}

/**
 * To be called before a restore: makes `undoRestore` possible, and the hook's `_phaseCacheUndo` when this process comes
 * to no end. The note has names that each end in NUL: those in the build directory, and the absolute paths of the
 * outputs that are not there.
 */
export function noteBefore(pid: number, roots: readonly Root[]): void {
  keptBefore(pid).forget();
  const absent = roots.filter(
    ({ name, path }) => name !== "build" && !lstatSync(path, { throwIfNoEntry: false }),
  );
  const names = roots.filter(({ name }) => name === "build").flatMap(({ path }) => namesIn(path));
  const note = [...absent.map(({ path }) => path), ...names].map((name) => `${name}\0`).join("");
  // All of it at once: by half a note, undoing would remove what was there before.
  rmSync(unfinished(pid), { force: true });
  writeFileSync(unfinished(pid), toBytes(note), { flag: "wx", mode: 0o600 });
  renameSync(unfinished(pid), notePath(pid));
}

export function forgetBefore(pid: number): void {
  for (const path of [unfinished(pid), notePath(pid)]) rmSync(path, { force: true });
  keptBefore(pid).forget();
}

/**
 * Removes what a restore has put into the roots and puts back what it has replaced, so that the phases can run from the
 * start.
 * @param tar absolute path of GNU tar
 */
export async function undoRestore(pid: number, roots: readonly Root[], tar: string): Promise<void> {
  removeStaging(roots);
  const before = readNote(pid);
  if (before === null) return;
  removeAdded(before, roots);
  await keptBefore(pid).putBack(tar);
  forgetBefore(pid);
}

function removeAdded(before: ReadonlySet<string>, roots: readonly Root[]): void {
  for (const { name, path } of roots) {
    if (name !== "build") {
      if (before.has(path)) removeTree(Buffer.from(path));
      continue;
    }
    const added = namesIn(path).filter((entry) => !before.has(entry));
    for (const entry of added) removeTree(Buffer.concat([Buffer.from(join(path, "/")), toBytes(entry)]));
  }
}

/** What the note says; null when there was no restore. */
function readNote(pid: number): Set<string> | null {
  try {
    return new Set(fromBytes(readFileSync(notePath(pid))).split("\0"));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
