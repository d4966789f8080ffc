import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { SourceLayer } from "../layer/restore.ts";
import { diskPath, type Root } from "../tree/entry.ts";
import { type ByteString, toBytes } from "../util/bytes.ts";
import { systemCode } from "../util/error.ts";
import type { TimeShift } from "../util/time-shift.ts";
import { refreshGitIndex } from "./git-index.ts";

/**
 * Updates the indexes of git repositories in restored roots to the current status of each file (see `refreshGitIndex`), so
 * that git finds the same changes in the work tree as before. Does not run git: `update-index --refresh` would also update
 * entries that were out of date when the phase was saved, and follows the repository's configuration.
 * @returns whether any file was written, and the failures as sentences
 */
export function refreshGitIndexes(
  layers: readonly SourceLayer[],
  roots: readonly Root[],
  shift: TimeShift | null,
): { written: boolean; problems: string[] } {
  let written = false;
  const problems: string[] = [];
  for (const path of indexesIn(layers)) {
    const file = diskPath(roots, path).toString();
    try {
      if (refresh(file, shift)) written = true;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      problems.push(`${file}: ${(error as Error).message}; git may report unmodified files as changed`);
    }
  }
  return { written, problems };
}

/** Files that may be an index, by their names. */
function indexesIn(layers: readonly SourceLayer[]): Set<ByteString> {
  const found = new Set<ByteString>();
  for (const { index } of layers) {
    for (const { path, type } of index.entries) if (type === "f" && path.endsWith("/index")) found.add(path);
  }
  return found;
}

/** Updates an index; returns whether it changed. Keeps its mtime, to the millisecond: git compares files with it. */
function refresh(file: string, shift: TimeShift | null): boolean {
  const workTree = workTreeOf(dirname(file));
  if (workTree === null) return false;
  const fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const bytes = readFileSync(fd);
    const prefix = Buffer.from(`${workTree}/`);
    const statOf = (path: ByteString) => lstatOrNull(Buffer.concat([prefix, toBytes(path)]));
    if (!refreshGitIndex(bytes, statOf, shift)) return false;
    const { atime, mtimeMs } = fstatSync(fd);
    writeSync(fd, bytes, 0, bytes.length, 0);
    futimesSync(fd, atime, Math.floor(mtimeMs) / 1000);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** The work tree of a repository; null if `directory` is not a repository or has no work tree. */
function workTreeOf(directory: string): string | null {
  const config = textOf(join(directory, "config"));
  // A linked work tree (`git worktree add`) has a file that names its `.git`.
  const linked = textOf(join(directory, "gitdir"));
  if (linked !== null) return dirname(resolve(directory, linked.trim()));
  if (config === null || textOf(join(directory, "HEAD")) === null) return null;
  const own = /^\s*worktree\s*=\s*"?([^"\n]+?)"?\s*$/m.exec(config)?.[1];
  if (own !== undefined) return resolve(directory, own);
  return directory.endsWith("/.git") ? dirname(directory) : null;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}

function lstatOrNull(path: Buffer) {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}
