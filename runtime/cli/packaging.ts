import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTools, type Tools } from "../snapshot/tools.ts";

/** The folder of this bundle, where the packaging puts the files that the command needs. */
export const bundleFolder = dirname(fileURLToPath(import.meta.url));

/** Returns the path of a file in that folder. */
export function beside(name: string): string {
  return join(bundleFolder, name);
}

/** Returns the paths of the programs that the runtime starts. */
export function ownTools(): Tools {
  return readTools(bundleFolder);
}
