import { basename, dirname } from "node:path";
import { isOutput, isSparse, linksOf, type Root, type Tree } from "../../tree/entry.ts";
import { escapeTransform, unescapeNames } from "../../tree/paths.ts";
import type { ByteString } from "../../util/bytes.ts";
import { rootOf } from "../index/paths.ts";

/** The files that one tar process archives. */
export interface Source {
  /** Tar's working directory. */
  directory: string;
  /** Names below `directory`. */
  names: ByteString[];
  /** A sed replacement expression that turns the names into layer paths. */
  transform: string;
}

/** The files of a root to archive. */
export interface Sources {
  /** Layer paths of files of which only the metadata are saved: one name of each file. */
  metadata: ByteString[];
  /** Layer paths of all other files that are not sparse. */
  paths: ByteString[];
  /** Sparse files, archived by tar; null if there are none. */
  sparse: Source | null;
}

/**
 * Splits the changed files of each root by how they are saved. All names of a file have the same size and blocks, so hard
 * links stay together.
 * @param sameContents those of `changed` whose contents an earlier layer has
 */
export function sourcesOf(
  roots: readonly Root[],
  tree: Tree,
  changed: readonly ByteString[],
  sameContents: ReadonlySet<ByteString>,
): Sources[] {
  return roots.map((root) => {
    const own = changed.filter((path) => rootOf(path) === root.name);
    const same = sameContents.size === 0 ? [] : own.filter((path) => sameContents.has(path));
    const metadata = firstNames(tree, same);
    const firstOf = (path: ByteString) => metadata.get(fileOf(tree, path));
    const isSparseHere = (path: ByteString) => isSparse(tree.get(path)!) && firstOf(path) === undefined;
    const sparse = new Set(own.filter(isSparseHere));
    const isEntry = (path: ByteString) => !sparse.has(path) && firstOf(path) !== path;
    return {
      metadata: [...metadata.values()],
      paths: metadata.size === 0 && sparse.size === 0 ? own : own.filter(isEntry),
      sparse: sparse.size === 0 ? null : newSource(root, [...sparse]),
    };
  });
}

/** The first name of each file, by the file. */
function firstNames(tree: Tree, paths: readonly ByteString[]): Map<string, ByteString> {
  const names = new Map<string, ByteString>();
  for (const path of paths) {
    const file = fileOf(tree, path);
    if (!names.has(file)) names.set(file, path);
  }
  return names;
}

/** A text that is equal for all names of a file. */
function fileOf(tree: Tree, path: ByteString): string {
  return linksOf(tree.get(path)!) ?? path;
}

function newSource({ name, path }: Root, paths: ByteString[]): Source {
  if (!isOutput(name)) {
    const names = paths.map((own) => unescapeNames(own.slice(`${name}/`.length)));
    return { directory: path, names, transform: `s,^,${name}/,;${escapeTransform}` };
  }
  const own = Buffer.from(basename(path)).toString("latin1");
  return {
    directory: dirname(path),
    names: paths.map((below) => own + unescapeNames(below.slice(name.length))),
    transform: `s,^.\\{${own.length}\\},${name},;${escapeTransform}`,
  };
}
