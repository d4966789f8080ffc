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
import { isLocked, Unlocking } from "./unlock.ts";

/**
 * Lists everything below `roots`; a root that does not exist has no entries. Directories that their owner may not
 * list are opened for as long as the scan takes; the tree has their real modes.
 * @param find absolute path of GNU find
 * @throws PhaseCacheError `tool-failed` with find's first complaint
 */
export function scanTree(roots: readonly Root[], find: string): Scan {
  const present = roots.filter(isPresent);
  const modes = new Map<ByteString, number>();
  const unlocking = new Unlocking();
  try {
    for (;;) {
      const { found, complaint } = runFind(present, find);
      const scan = new Scan(
        found,
        present.map(({ name }) => name),
      );
      // Without a complaint there is nothing that could not be listed.
      const locked = complaint === null ? [] : lockedDirectories(scan.tree);
      if (locked.length === 0) {
        if (complaint !== null) throw new PhaseCacheError("tool-failed", `find: ${printable(complaint)}`);
        if (modes.size > 0)
          scan.update([...modes].map(([path, mode]) => [path, withMode(scan.tree.get(path)!, mode)]));
        return scan;
      }
      for (const [path, mode] of locked) {
        unlocking.unlock(diskPath(roots, path), mode);
        modes.set(path, mode);
      }
    }
  } finally {
    unlocking.relock();
  }
}

/** A temporary directory with nothing of a phase's in it is as good as absent: most builds leave it alone. */
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

/** What `find` is told to list. With "/." the build directory may be a symlink to the real one. */
export function findPath({ name, path }: Root): string {
  return isOutput(name) ? path : `${path}/.`;
}

/**
 * find's expression. Of a temporary directory itself nothing is told but that it is there, and nothing of what phasecache
 * keeps in it: both change all the time.
 */
function findExpression(roots: readonly Root[]): string[] {
  const places = roots.filter(({ name }) => isTemporary(name)).map(findPath);
  const itself = places.flatMap((path) => ["-path", path, "-printf", "d 0 0 0 0 0 0 0\\0-\\0\\0\\0", "-o"]);
  const own = places.flatMap((path) => [
    ...["-path", `${path}/phasecache-*`, "-prune", "-o"],
    ...["-path", `${path}/.phasecache-*`, "-prune", "-o"],
  ]);
  return [...itself, ...own, "-printf", findFormat];
}

function runFind(roots: readonly Root[], find: string): { found: Buffer; complaint: string | null } {
  // It would list the working directory.
  if (roots.length === 0) return { found: Buffer.alloc(0), complaint: null };
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
  const complaint = status === 0 ? null : (stderr.toString().split("\n")[0] ?? "");
  return { found: stdout, complaint };
}
