import { lstatSync } from "node:fs";
import { diskPath, modeOf, type Root, type Tree, typeOf, withField } from "../../tree/entry.ts";
import { isLocked, Unlocker } from "../../tree/unlock.ts";
import type { ByteString } from "../../util/bytes.ts";
import { parentOf } from "../index/paths.ts";

export interface UnlockedFiles {
  /** Modes to save in the layer instead of those on disk, by layer path. */
  modes: Map<ByteString, number>;
  /** Restores the modes on disk, and updates the tree with the new ctimes. */
  relock(): void;
  /** Whether the tree is updated. */
  changesTree: boolean;
}

/**
 * Makes files of a layer readable whose modes deny their owner access. Also drops the setgid bit that directories
 * inherit from their parents from the saved modes: the sandbox would refuse to set it.
 */
export function unlockFiles(
  roots: readonly Root[],
  tree: Tree,
  changed: readonly ByteString[],
): UnlockedFiles {
  const modes = new Map<ByteString, number>();
  const files: ByteString[] = [];
  const [unlockedFiles, unlockedDirectories] = [new Unlocker(), new Unlocker()];
  const unlock = (unlocker: Unlocker, path: ByteString, mode: number) => {
    unlocker.unlock(diskPath(roots, path), mode);
    modes.set(path, mode);
  };
  const relock = () => {
    unlockedFiles.relock();
    for (const path of files) refreshTime(roots, tree, path);
    unlockedDirectories.relock();
  };
  try {
    for (const path of directoriesOf(changed, tree)) {
      const mode = modeOf(tree.get(path)!);
      if (isLocked("d", mode)) unlock(unlockedDirectories, path, mode);
      if ((mode & 0o2000) !== 0) modes.set(path, mode & ~0o2000);
    }
    for (const path of changed) {
      const entry = tree.get(path)!;
      if (typeOf(entry) !== "f" || !isLocked("f", modeOf(entry))) continue;
      unlock(unlockedFiles, path, modeOf(entry));
      files.push(path);
    }
    // After all of them: a file with several names was unlocked several times.
    for (const path of files) refreshTime(roots, tree, path);
  } catch (error) {
    relock();
    throw error;
  }
  return { modes, relock, changesTree: files.length > 0 };
}

/** Returns the tree's directories among the paths and above them, parents first. */
function directoriesOf(paths: readonly ByteString[], tree: Tree): ByteString[] {
  const all = new Set<ByteString>();
  for (const path of paths) {
    for (let at: ByteString | null = path; at !== null && !all.has(at); at = parentOf(at)) all.add(at);
  }
  const isDirectory = (path: ByteString) => {
    const entry = tree.get(path);
    return entry !== undefined && typeOf(entry) === "d";
  };
  return [...all].filter(isDirectory).sort();
}

/**
 * Updates a file's ctime in the tree: otherwise the copy and the next scan would take an unlocked file for a changed
 * one.
 */
function refreshTime(roots: readonly Root[], tree: Tree, path: ByteString): void {
  const { ctimeNs } = lstatSync(diskPath(roots, path), { bigint: true });
  const nanoseconds = String(ctimeNs % 1_000_000_000n).padStart(9, "0");
  tree.set(path, withField(tree.get(path)!, 4, `${ctimeNs / 1_000_000_000n}.${nanoseconds}0`));
}
