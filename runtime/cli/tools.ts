import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { readTools, type Tools } from "../phase/tools.ts";

/** The programs that the runtime starts, as the packaging beside this bundle names them. */
export function ownTools(): Tools {
  return readTools(dirname(fileURLToPath(import.meta.url)));
}
