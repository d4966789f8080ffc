import { lstatSync } from "node:fs";
import { diskPath, modeOf, type Root, type Tree, typeOf, withField } from "../../tree/entry.ts";
import { isLocked, Unlocker } from "../../tree/unlock.ts";
import type { ByteString } from "../../util/bytes.ts";
import { parentOf } from "../index/paths.ts";

export interface OpenedLocks {
  /** Modes that the layer has instead of those on disk. */
  modes: Map<ByteString, number>;
  /** Puts the modes on disk back, and the ctime that this leaves into the tree. */
  relock(): void;
  /** Whether that puts anything into the tree. */
  changesTree: boolean;
}

/**
 * Makes files readable that a layer is to hold although their owner may not read them. A directory's setgid bit, which
 * it has from its parent, is not for the layer: the sandbox would refuse to set it.
 */
export function openLocked(roots: readonly Root[], tree: Tree, changed: readonly ByteString[]): OpenedLocks {
  const modes = new Map<ByteString, number>();
  const files: ByteString[] = [];
  const [openedFiles, openedDirectories] = [new Unlocker(), new Unlocker()];
  const unlock = (unlocking: Unlocker, path: ByteString, mode: number) => {
    unlocking.unlock(diskPath(roots, path), mode);
    modes.set(path, mode);
  };
  const relock = () => {
    openedFiles.relock();
    for (const path of files) refreshTime(roots, tree, path);
    openedDirectories.relock();
  };
  try {
    for (const path of directoriesAround(changed, tree)) {
      const mode = modeOf(tree.get(path)!);
      if (isLocked("d", mode)) unlock(openedDirectories, path, mode);
      if ((mode & 0o2000) !== 0) modes.set(path, mode & ~0o2000);
    }
    for (const path of changed) {
      const entry = tree.get(path)!;
      if (typeOf(entry) !== "f" || !isLocked("f", modeOf(entry))) continue;
      unlock(openedFiles, path, modeOf(entry));
      files.push(path);
    }
    // In the end: a file of several names was unlocked several times.
    for (const path of files) refreshTime(roots, tree, path);
  } catch (error) {
    relock();
    throw error;
  }
  return { modes, relock, changesTree: files.length > 0 };
}

/** The directories among the paths and above them, as far as the tree has them, parents first. */
function directoriesAround(paths: readonly ByteString[], tree: Tree): ByteString[] {
  const all = new Set<ByteString>();
  for (const path of paths) {
    for (let one: ByteString | null = path; one !== null && !all.has(one); one = parentOf(one)) all.add(one);
  }
  const isDirectory = (path: ByteString) => {
    const entry = tree.get(path);
    return entry !== undefined && typeOf(entry) === "d";
  };
  return [...all].filter(isDirectory).sort();
}

/** Without this a file would be found changed that only was unlocked, by its reader and by the next scan. */
function refreshTime(roots: readonly Root[], tree: Tree, path: ByteString): void {
  const { ctimeNs } = lstatSync(diskPath(roots, path), { bigint: true });
  const nanoseconds = String(ctimeNs % 1_000_000_000n).padStart(9, "0");
  tree.set(path, withField(tree.get(path)!, 4, `${ctimeNs / 1_000_000_000n}.${nanoseconds}0`));
}
