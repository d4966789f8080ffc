import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../sandbox/sources/cache.ts";
import { downloadSource, type SourceLists, updateSourceLists } from "../sandbox/sources/debian.ts";

let lists: Promise<SourceLists> | undefined;

/**
 * Downloads what upstream released of a source package of Debian's, which is kept between runs.
 * @returns the tarball's path
 * @throws when Debian's mirror has none
 */
export async function upstreamTarball(source: string): Promise<string> {
  const folder = join(cache, "debian", source);
  const isTarball = (path: string) => /\.orig\.tar\.(?:bz2|gz|xz)$/.test(path);
  const kept = existsSync(folder) ? readdirSync(folder).find(isTarball) : undefined;
  if (kept !== undefined) return join(folder, kept);
  lists ??= updateSourceLists(join(cache, "apt"));
  const path = await downloadSource(await lists, source, folder, isTarball);
  if (path === undefined) throw new Error(`Debian's mirror has no sources of ${source}`);
  return path;
}
