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
 * Has the indexes of git repositories in restored roots say of each file what the system now says of it
 * (see `refreshGitIndex`), so that git finds the same changes in the work tree as before. git itself is not run: its
 * `update-index --refresh` would also settle what was unsettled when the phase was saved, and obeys the repository.
 * @returns whether any file was written, and what could not be done, in sentences
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

/** What may be an index, by its name. */
function indexesIn(layers: readonly SourceLayer[]): Set<ByteString> {
  const found = new Set<ByteString>();
  for (const { index } of layers) {
    for (const { path, type } of index.entries) if (type === "f" && path.endsWith("/index")) found.add(path);
  }
  return found;
}

/** Whether it was an index, and has changed. Its time stays, to the millisecond: git goes by what is older than it. */
function refresh(file: string, shift: TimeShift | null): boolean {
  const workTree = workTreeOf(dirname(file));
  if (workTree === null) return false;
  const fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const bytes = readFileSync(fd);
    const place = Buffer.from(`${workTree}/`);
    const statOf = (path: ByteString) => lstatOrNull(Buffer.concat([place, toBytes(path)]));
    if (!refreshGitIndex(bytes, statOf, shift)) return false;
    const { atime, mtimeMs } = fstatSync(fd);
    writeSync(fd, bytes, 0, bytes.length, 0);
    futimesSync(fd, atime, Math.floor(mtimeMs) / 1000);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** The directory that a repository has its files in; null when `directory` is no repository with such. */
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
