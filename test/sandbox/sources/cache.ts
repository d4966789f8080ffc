import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates the folder that is kept between runs. @throws Error when another user owns it */
function openCache(): string {
  const folder = join(tmpdir(), `phasecache-sources-${process.getuid!()}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (lstatSync(folder).uid !== process.getuid!()) throw new Error(`${folder} belongs to another user`);
  return folder;
}

/** The folder for downloaded sources. */
export const cache = openCache();
