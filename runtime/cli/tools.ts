import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTools, type Tools } from "../snapshot/tools.ts";

/** A file that the packaging has put beside this bundle. */
export function beside(name: string): string {
  return join(dirname(fileURLToPath(import.meta.url)), name);
}

/** The programs that the runtime starts, as the packaging beside this bundle names them. */
export function ownTools(): Tools {
  return readTools(beside("."));
}
