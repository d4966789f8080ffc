import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { type ByteString, printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import {
  diskPath,
  type Entry,
  isOutput,
  isTemporary,
  modeOf,
  type Root,
  type Tree,
  typeOf,
  withField,
} from "./entry.ts";
import { findFormat, isOwnTemporary, Scan } from "./find.ts";
import { isLocked, Unlocker } from "./unlock.ts";

/**
 * Lists everything below `roots`. A root that does not exist has no entries. Directories that their owner can't list are
 * made accessible during the scan; the tree has their real modes.
 * @param find absolute path of GNU find
 * @throws PhaseCacheError `tool-failed` with find's first error message
 */
export function scanTree(roots: readonly Root[], find: string): Scan {
  const present = roots.filter(isPresent);
  const modes = new Map<ByteString, number>();
  const unlocker = new Unlocker();
  try {
    for (;;) {
      const { output, failure } = runFind(present, find);
      const scan = new Scan(
        output,
        present.map(({ name }) => name),
      );
      // When find succeeded, it could list every directory.
      const locked = failure === null ? [] : lockedDirectories(scan.tree);
      if (locked.length === 0) {
        if (failure !== null) throw new PhaseCacheError("tool-failed", `find: ${printable(failure)}`);
        if (modes.size > 0)
          scan.update([...modes].map(([path, mode]) => [path, withMode(scan.tree.get(path)!, mode)]));
        return scan;
      }
      for (const [path, mode] of locked) {
        unlocker.unlock(diskPath(roots, path), mode);
        modes.set(path, mode);
      }
    }
  } finally {
    unlocker.relock();
  }
}

/** Whether a root has anything to list. A temporary directory without files of a phase has not: most builds use none. */
function isPresent({ name, path }: Root): boolean {
  if (isTemporary(name)) return readdirSync(path).some((one) => !isOwnTemporary(one));
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function withMode(entry: Entry, mode: number): Entry {
  return withField(entry, 1, mode.toString(8));
}

function lockedDirectories(tree: Tree): [path: ByteString, mode: number][] {
  const locked: [ByteString, number][] = [];
  for (const [path, entry] of tree) {
    if (typeOf(entry) !== "d") continue;
    const mode = modeOf(entry);
    if (isLocked("d", mode)) locked.push([path, mode]);
  }
  return locked;
}

/** Returns the path to pass to `find`. With "/.", the build directory may be a symlink to the real one. */
export function findPath({ name, path }: Root): string {
  return isOutput(name) ? path : `${path}/.`;
}

/**
 * Returns find's expression. For a temporary directory itself, find prints constant fields, and it prunes phasecache's files
 * in it: both change all the time.
 */
function findExpression(roots: readonly Root[]): string[] {
  const temporary = roots.filter(({ name }) => isTemporary(name)).map(findPath);
  const itself = temporary.flatMap((path) => [
    "-path",
    path,
    "-printf",
    "d 0 0 0 0 0 0 0\\0-\\0\\0\\0",
    "-o",
  ]);
  const own = temporary.flatMap((path) => [
    ...["-path", `${path}/phasecache-*`, "-prune", "-o"],
    ...["-path", `${path}/.phasecache-*`, "-prune", "-o"],
  ]);
  return [...itself, ...own, "-printf", findFormat];
}

function runFind(roots: readonly Root[], find: string): { output: Buffer; failure: string | null } {
  // Without a path, find would list the working directory.
  if (roots.length === 0) return { output: Buffer.alloc(0), failure: null };
  const { stdout, stderr, status, error } = spawnSync(
    find,
    [...roots.map(findPath), ...findExpression(roots)],
    {
      env: { LC_ALL: "C" },
      maxBuffer: Number.POSITIVE_INFINITY,
    },
  );
  if (error !== undefined)
    throw new PhaseCacheError("tool-failed", `${find}: ${error.message}`, { cause: error });
  const failure = status === 0 ? null : (stderr.toString().split("\n")[0] ?? "");
  return { output: stdout, failure };
}
