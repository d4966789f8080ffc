import { basename, dirname } from "node:path";
import { isOutput, isSparse, type Root, type Tree } from "../../tree/entry.ts";
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
  /** Layer paths of all files that are not sparse. */
  paths: ByteString[];
  /** Sparse files, archived by tar; null if there are none. */
  sparse: Source | null;
}

/**
 * Splits the changed files of each root by whether they are sparse. All names of a file have the same size and
 * blocks, so hard links stay together.
 */
export function sourcesOf(roots: readonly Root[], tree: Tree, changed: readonly ByteString[]): Sources[] {
  return roots.map((root) => {
    const own = changed.filter((path) => rootOf(path) === root.name);
    const sparse = new Set(own.filter((path) => isSparse(tree.get(path)!)));
    const paths = sparse.size === 0 ? own : own.filter((path) => !sparse.has(path));
    return { paths, sparse: sparse.size === 0 ? null : newSource(root, [...sparse]) };
  });
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
