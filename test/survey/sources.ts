import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cache } from "../sandbox/sources/cache.ts";
import { downloadSource, type SourceLists, updateSourceLists } from "../sandbox/sources/debian.ts";

let lists: Promise<SourceLists> | undefined;

/**
 * Downloads upstream's tarball of a Debian source package, and caches it between runs.
 * @returns the tarball's path
 * @throws when Debian's mirror has no such tarball
 */
export async function upstreamTarball(source: string): Promise<string> {
  const folder = join(cache, "debian", source);
  const isTarball = (path: string) => /\.orig\.tar\.(?:bz2|gz|xz)$/.test(path);
  const cached = existsSync(folder) ? readdirSync(folder).find(isTarball) : undefined;
  if (cached !== undefined) return join(folder, cached);
  lists ??= updateSourceLists(join(cache, "apt"));
  const path = await downloadSource(await lists, source, folder, isTarball);
  if (path === undefined) throw new Error(`Debian's mirror has no sources of ${source}`);
  return path;
}
