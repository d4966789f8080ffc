import { spawnSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { type ByteString, fromBytes, printable, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { diskPath, modeOf, type Root, type Tree, typeOf, withField } from "./entry.ts";
import { isLocked, Unlocking } from "./unlock.ts";

export { decodeTree, encodeTree } from "./codec.ts";
export type { Entry, Root, Tree } from "./entry.ts";

export interface Scan {
  tree: Tree;
  /** Layer paths of sockets and devices: no layer can hold them. */
  skipped: ByteString[];
  /** For `rescanTree`; empty when directories had to be opened. */
  listing: Uint8Array;
}

/** Entry layout: meta, blocks, path below the root, symlink target. */
const format = "%y %m %T@ %s %C@ %i %D %n\\0%b\\0%P\\0%l\\0";

const noListing = new Uint8Array(0);

/** Names in the build directory that are the new derivation's own, or phasecache's. */
const excluded = /^(?:env-vars|\.attrs\.json|\.attrs\.sh|\.attr-[^/]*|\.phasecache-[^/]*)(?:\/|$)/;

/**
 * Lists everything below `roots`; a root that does not exist has no entries. Directories that their owner may not
 * list are opened for as long as the scan takes; the tree has their real modes.
 * @param find absolute path of GNU find
 * @throws PhaseCacheError `tool-failed` with find's first complaint
 */
export function scanTree(roots: readonly Root[], find: string): Scan {
  return rescanTree(roots, find, noListing)!;
}

/**
 * The same, or null when nothing at all has changed since the scan that made `listing`: that is told without looking at
 * each file's entry.
 */
export function rescanTree(roots: readonly Root[], find: string, listing: Uint8Array): Scan | null {
  const present = roots.filter(({ path }) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  if (present.length === 0) return { tree: new Map(), skipped: [], listing: noListing };
  const modes = new Map<ByteString, number>();
  const unlocking = new Unlocking();
  try {
    for (;;) {
      const { found, complaint } = runFind(present, find);
      // find does not tell which roots there are.
      const now = Buffer.concat([found, toBytes(present.map(({ name }) => name).join("\0"))]);
      if (complaint === null && now.equals(listing)) return null;
      const scan = { ...parseScan(fromBytes(found), present), listing: modes.size === 0 ? now : noListing };
      const locked = lockedDirectories(scan.tree);
      if (locked.length === 0) {
        if (complaint !== null) throw new PhaseCacheError("tool-failed", `find: ${printable(complaint)}`);
        for (const [path, mode] of modes) {
          scan.tree.set(path, withField(scan.tree.get(path)!, 1, mode.toString(8)));
        }
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

function lockedDirectories(tree: Tree): [path: ByteString, mode: number][] {
  const locked: [ByteString, number][] = [];
  for (const [path, entry] of tree) {
    if (typeOf(entry) !== "d") continue;
    const mode = modeOf(entry);
    if (isLocked("d", mode)) locked.push([path, mode]);
  }
  return locked;
}

function runFind(roots: readonly Root[], find: string): { found: Buffer; complaint: string | null } {
  // With "/." the build directory may be a symlink to the real one.
  const paths = roots.map(({ name, path }) => (name === "build" ? `${path}/.` : path));
  const { stdout, stderr, status, error } = spawnSync(find, [...paths, "-printf", format], {
    env: { LC_ALL: "C" },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (error !== undefined)
    throw new PhaseCacheError("tool-failed", `${find}: ${error.message}`, { cause: error });
  const complaint = status === 0 ? null : (stderr.toString().split("\n")[0] ?? "");
  return { found: stdout, complaint };
}

function parseScan(text: ByteString, roots: readonly Root[]): Omit<Scan, "listing"> {
  const tree: Tree = new Map();
  const skipped: ByteString[] = [];
  const fields = text.split("\0");
  let started = -1;
  let prefix = "";
  for (let i = 0; i + 4 < fields.length; i += 4) {
    const meta = fields[i]!;
    const below = fields[i + 2]!;
    if (below === "") {
      const { name } = roots[++started]!;
      prefix = name === "build" ? "build/" : name;
      if (name === "build") continue;
    } else if (prefix === "build/" && excluded.test(below)) continue;
    const path = below === "" || prefix === "build/" ? prefix + below : `${prefix}/${below}`;
    if ("fdlp".includes(meta[0]!)) tree.set(path, { meta, blocks: fields[i + 1]!, target: fields[i + 3]! });
    else skipped.push(path);
  }
  return { tree, skipped };
}
