import { lstatSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { systemCode } from "../util/error.ts";
import { randomName } from "../util/files.ts";
import { withDirectory } from "./fs/directory.ts";
import type { Store } from "./layout.ts";

/**
 * Moves a damaged or unexpected file to the store's quarantine. Does nothing if the store was not opened for writing;
 * ignores system errors, such as missing permissions or a file that another process has just removed.
 */
export function quarantine(store: Store, path: string): void {
  if (!store.write) return;
  const parts = relative(store.base, dirname(path)).split("/");
  const name = basename(path);
  try {
    withDirectory(store, ["quarantine"], (to) => {
      withDirectory(store, parts, (from) =>
        renameSync(join(from, name), join(to, randomName(name.slice(0, 200)))),
      );
    });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** Creates a directory unless it exists. Another type of file at this path goes to quarantine. */
export function ensureDirectory(store: Store, path: string): void {
  try {
    mkdirSync(path, { mode: 0o770 });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return;
    if (found !== undefined) quarantine(store, path);
    mkdirSync(path, { mode: 0o770, recursive: true });
  }
}
