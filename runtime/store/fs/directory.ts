import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from "node:fs";
import { basename } from "node:path";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import { randomName, writeAtomically } from "../../util/files.ts";
import type { Store } from "../layout.ts";

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Calls `act` with a path of the folder `parts` (below the store's base) that stays true whatever is renamed or
 * replaced meanwhile. No symlink below the store's root is followed: what is deleted by such a path lies in the store,
 * even when root deletes and a build plants symlinks at the same time.
 * @returns null when there is no such folder
 */
export function withDirectory<T>(store: Store, parts: readonly string[], act: (path: string) => T): T | null {
  return withDirectoryOfRoot(store, [basename(store.base), ...parts], act);
}

/** The same with `parts` below the store's root. */
export function withDirectoryOfRoot<T>(
  store: Store,
  parts: readonly string[],
  act: (path: string) => T,
): T | null {
  let fd = openSync(store.root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const part of parts) {
      const inner = openDirectory(`${openPath(fd)}/${part}`);
      if (inner === null) return null;
      closeSync(fd);
      fd = inner;
    }
    return act(openPath(fd));
  } finally {
    closeSync(fd);
  }
}

/** Makes a file with these contents appear in the folder `parts`, which is held meanwhile. */
export function writeIn(store: Store, parts: readonly string[], name: string, contents: Uint8Array): void {
  const written = withDirectory(store, ["tmp"], (tmp) =>
    withDirectory(store, parts, (folder) => {
      writeAtomically(`${folder}/${name}`, contents, tmp);
      return true;
    }),
  );
  if (written) return;
  throw new PhaseCacheError("store-unusable", `${[store.base, ...parts].join("/")} is not a directory`);
}

/** The kernel resolves this to the open directory itself, not to its name. */
function openPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

function openDirectory(path: string): number | null {
  try {
    return openSync(path, directoryFlags);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

/**
 * Removes `name` in the held folder `path`, with all that lies in it. Directories in it are moved up before they are
 * emptied, so that no depth of nesting costs more than two open files.
 */
export function removeIn(path: string, name: string): void {
  const waiting = [name];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const target = `${path}/${next}`;
    const stat = lstatSync(target, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const fd = stat.isDirectory() ? openDirectory(target) : null;
    if (fd === null) {
      unlinkSync(target);
      continue;
    }
    try {
      waiting.push(...emptied(openPath(fd), path));
    } finally {
      closeSync(fd);
    }
    rmdirSync(target);
  }
}

/** Unlinks what is in `folder`; directories are moved to `above`, and their new names returned. */
function emptied(folder: string, above: string): string[] {
  const moved: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: "buffer" })) {
    const target = Buffer.concat([Buffer.from(`${folder}/`), entry.name]);
    if (!entry.isDirectory()) {
      unlinkSync(target);
      continue;
    }
    const name = randomName("removed");
    renameSync(target, `${above}/${name}`);
    moved.push(name);
  }
  return moved;
}
