import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "zx";

/** apt options for private lists, caches and locks of Debian's source packages. */
export interface SourceLists {
  readonly options: string[];
}

/** Converts a sources list, in either of apt's two formats, to one of source packages. */
export function asSources(name: string, text: string): string {
  if (name.endsWith(".sources")) return text.replace(/^Types:.*$/gm, "Types: deb-src");
  return text.replace(/^deb(-src)?\s/gm, "deb-src ");
}

/** The machine's own sources lists, converted: they contain a reachable mirror. */
function sourcesLists(): { name: string; text: string }[] {
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name))
    : [];
  const paths = ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))].filter(existsSync);
  return paths.map((path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return { name, text: asSources(name, readFileSync(path, "utf8")) };
  });
}

/** Downloads the lists of source packages into `folder`. Does not change the system's apt configuration. */
export async function updateSourceLists(folder: string): Promise<SourceLists> {
  for (const part of ["parts", "lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  for (const { name, text } of sourcesLists()) writeFileSync(join(folder, "parts", name), text);
  const settings = {
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": join(folder, "parts"),
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    // apt would switch from root to an account that may not write to this folder.
    "APT::Sandbox::User": process.getuid!() === 0 ? "root" : "",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await $({ quiet: true })`apt-get ${options} -qq update`;
  return { options };
}

/** The versions of a source package, newest first. A mirror may lack the files of the newest one. */
async function versions(lists: SourceLists, name: string): Promise<string[]> {
  const { stdout } = await $({ quiet: true, nothrow: true })`apt-cache ${lists.options} showsrc ${name}`;
  return [...stdout.matchAll(/^Version: (.*)$/gm)].map(([, version]) => version!).reverse();
}

/**
 * Downloads a source package's files into `folder` until one of them satisfies `isWanted`. Returns its path, or undefined
 * when Debian has none.
 */
export async function downloadSource(
  lists: SourceLists,
  name: string,
  folder: string,
  isWanted: (path: string) => boolean,
): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true });
  for (const version of await versions(lists, name)) {
    const source = `${name}=${version}`;
    await $({
      quiet: true,
      nothrow: true,
      cwd: folder,
    })`apt-get ${lists.options} source --download-only ${source}`;
    const found = readdirSync(folder)
      .map((file) => join(folder, file))
      .find(isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
