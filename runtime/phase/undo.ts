import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeStaging, removeTree } from "../archive/staging.ts";
import type { Root } from "../tree/scan.ts";
import { fromBytes, toBytes } from "../util/bytes.ts";
import { systemCode } from "../util/error.ts";

/** Where it is kept what was in the build directory before anything was restored; `pid` is the builder's. */
function notePath(pid: number): string {
  return `/tmp/phasecache-before-${pid}`;
}

function namesIn(directory: string): string[] {
  return readdirSync(directory, { encoding: "buffer" }).map(fromBytes);
}

/** To be called before a restore: makes `undoRestore` possible, also for another process. */
export function noteBefore(pid: number, roots: readonly Root[]): void {
  const outputs = roots.filter(
    ({ name, path }) => name !== "build" && lstatSync(path, { throwIfNoEntry: false }),
  );
  const names = roots.filter(({ name }) => name === "build").flatMap(({ path }) => namesIn(path));
  rmSync(notePath(pid), { force: true });
  // An output's root has a slash in its name, which nothing in the build directory has.
  const note = [...outputs.map(({ name }) => name), ...names].join("\0");
  writeFileSync(notePath(pid), toBytes(note), { flag: "wx", mode: 0o600 });
}

export function forgetBefore(pid: number): void {
  rmSync(notePath(pid), { force: true });
}

/** Removes what a restore has put into the roots, so that the phases can run from the start. */
export function undoRestore(pid: number, roots: readonly Root[]): void {
  removeStaging(roots);
  const before = readNote(pid);
  if (before === null) return;
  for (const { name, path } of roots) {
    if (name !== "build") {
      if (!before.has(name)) removeTree(Buffer.from(path));
      continue;
    }
    const added = namesIn(path).filter((entry) => !before.has(entry));
    for (const entry of added) removeTree(Buffer.concat([Buffer.from(join(path, "/")), toBytes(entry)]));
  }
  forgetBefore(pid);
}

/** Null when there was no restore. */
function readNote(pid: number): Set<string> | null {
  try {
    return new Set(fromBytes(readFileSync(notePath(pid))).split("\0"));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
