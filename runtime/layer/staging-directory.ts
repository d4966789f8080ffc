import { mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isOutput, type Root } from "../tree/entry.ts";
import { removeTree } from "../tree/remove.ts";
import { systemCode } from "../util/error.ts";
import { randomName } from "../util/files.ts";

const prefix = ".phasecache-";

/**
 * Returns where a root's staging directories are made, and how their names begin: inside a root, or beside an output.
 */
function stagingPlace({ name, path }: Root): { directory: string; prefix: string } {
  if (!isOutput(name)) return { directory: path, prefix };
  return { directory: dirname(path), prefix: `${prefix}${basename(path)}-` };
}

/** Makes a staging directory on the root's own file system, accessible only to its owner. */
export function makeStaging(root: Root): string {
  const { directory, prefix } = stagingPlace(root);
  const path = join(directory, `${prefix}${randomName("staging")}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}

/** Removes staging directories that killed restores have left in the roots and beside the outputs. */
export function removeStaging(roots: readonly Root[]): void {
  for (const root of roots) {
    const { directory, prefix } = stagingPlace(root);
    for (const name of namesIn(directory)) {
      if (name.startsWith(prefix)) removeTree(Buffer.from(join(directory, name)));
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
