import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { randomName } from "../../runtime/util/files.ts";
import { cache } from "../sandbox/sources/cache.ts";
import { downloadSource, type SourceLists, updateSourceLists } from "../sandbox/sources/debian.ts";
import { Skipped } from "./measure.ts";
import { bash } from "./processes.ts";

/** Upstream's tarball from Debian's source package, which has often been repacked. */
export interface Tarball {
  readonly path: string;
  readonly version: string;
}

const upstream = /_([^_]+)\.orig\.tar\.(?:gz|xz|bz2)$/;
let lists: Promise<SourceLists> | undefined;

/** Downloads a source package's tarball, unless it is cached. @throws Skipped when it is not available */
export async function tarball(name: string): Promise<Tarball> {
  const folder = join(cache, "debian", name);
  mkdirSync(folder, { recursive: true });
  let file = readdirSync(folder).find((one) => upstream.test(one));
  if (file === undefined) {
    try {
      lists ??= updateSourceLists(join(cache, "apt"));
      file = await downloadSource(await lists, name, folder, (path) => upstream.test(path));
    } catch (error) {
      throw new Skipped(`can't download the sources of ${name}: ${String(error).split("\n")[0]}`);
    }
  }
  if (file === undefined) throw new Skipped(`Debian's mirror has no sources of ${name}`);
  return { path: join(folder, basename(file)), version: upstream.exec(file)![1]! };
}

/** A directory tree of real files, cached between runs. */
export interface SampleTree {
  readonly title: string;
  readonly package: string;
  /** Bash code that is run in the unpacked sources to create the tree. */
  readonly make: string;
}

export const gitTree: SampleTree = {
  title: "git's build tree",
  package: "git",
  make: `make -j2 NO_CURL=1 NO_EXPAT=1 NO_OPENSSL=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PERL=1 NO_PYTHON=1 all`,
};

export const qtTree: SampleTree = {
  title: "Qt base's sources",
  package: "qtbase-opensource-src",
  make: "",
};

/** Returns the directory that contains a tree; creates it if needed. @throws Skipped when its sources are not available */
export async function sampleTree({ package: name, make }: SampleTree): Promise<string> {
  const { path, version } = await tarball(name);
  const folder = join(cache, "trees", `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const partial = join(cache, randomName("tree"));
  mkdirSync(partial);
  mkdirSync(join(cache, "trees"), { recursive: true });
  try {
    bash(`tar -xf "$1" -C "$2"; cd "$2"/*/; eval "$3"`, path, partial, make);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}
