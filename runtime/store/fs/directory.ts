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
 * Calls `act` with a path of the folder `parts` (below the store's base) that stays valid even if folders are renamed
 * or replaced. Follows no symlinks below the store's root: a file deleted by such a path is in the store, even if
 * root deletes it while a build plants symlinks.
 * @returns null if the folder does not exist
 */
export function withDirectory<T>(store: Store, parts: readonly string[], act: (path: string) => T): T | null {
  return withDirectoryOfRoot(store, [basename(store.base), ...parts], act);
}

/** Like `withDirectory`, with `parts` below the store's root. */
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

/** Atomically creates or replaces a file in the folder `parts`. */
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

/** Returns a path that the kernel resolves to the open directory itself, whatever its name. */
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
 * Removes `name` with all its contents from the folder `path` (see `withDirectory`). Moves nested directories up
 * before it empties them, so that any depth needs only two open files.
 */
export function removeIn(path: string, name: string): void {
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const target = `${path}/${next}`;
    const stat = lstatSync(target, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const fd = stat.isDirectory() ? openDirectory(target) : null;
    if (fd === null) {
      unlinkSync(target);
      continue;
    }
    try {
      pending.push(...emptyDirectory(openPath(fd), path));
    } finally {
      closeSync(fd);
    }
    rmdirSync(target);
  }
}

/** Removes the files in `folder`, and moves its directories to `above`. Returns their new names. */
function emptyDirectory(folder: string, above: string): string[] {
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
