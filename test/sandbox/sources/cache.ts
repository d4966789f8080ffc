import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is kept between runs, and that nobody else has made. */
function openCache(): string {
  const folder = join(tmpdir(), `phasecache-sources-${process.getuid!()}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (lstatSync(folder).uid !== process.getuid!()) throw new Error(`${folder} belongs to somebody else`);
  return folder;
}

/** Where sources lie. */
export const cache = openCache();
