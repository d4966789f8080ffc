import { basename, dirname } from "node:path";
import { isOutput, isSparse, type Root, type Tree } from "../../tree/entry.ts";
import { escapeTransform, unescapeNames } from "../../tree/paths.ts";
import type { ByteString } from "../../util/bytes.ts";
import { rootOf } from "../index/paths.ts";

/** What one tar process archives. */
export interface Source {
  /** Where it starts. */
  directory: string;
  /** Names below `directory`, as bytes. */
  names: ByteString[];
  /** sed's replacement expression that makes layer paths of the names. */
  transform: string;
}

/** What is archived of a root. */
export interface Sources {
  /** Layer paths of all that has no holes. */
  paths: ByteString[];
  /** What has: tar finds them. Null when there is none of it. */
  sparse: Source | null;
}

/** Tells for each root what is for tar. All names of one file have the same size and blocks: links stay together. */
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
