import { basename, dirname } from "node:path";
import { detailsOf, type Root, type Tree, typeOf } from "../tree/entry.ts";
import type { ByteString } from "../util/bytes.ts";
import { rootOf } from "./paths.ts";

/** What one tar process archives. */
export interface Source {
  /** Where it starts. */
  directory: string;
  /** Names below `directory`, as bytes. */
  names: ByteString[];
  /** sed's replacement expression that makes layer paths of the names. */
  transform: string;
  /** Whether it looks for holes. */
  sparse: boolean;
}

/** Smaller files are never taken for sparse: some file systems keep them inside their inode, without a block. */
const smallest = 4096;

/**
 * Distributes the changed paths over tar processes: one for each root, and one more where there are sparse files, since
 * tar trusts the count of blocks for any file once it is told to look. Links of one file stay together.
 */
export function sourcesOf(roots: readonly Root[], tree: Tree, changed: readonly ByteString[]): Source[] {
  const sources: Source[] = [];
  for (const root of roots) {
    const own = changed.filter((path) => rootOf(path) === root.name);
    const sparse = new Set(own.filter((path) => isSparse(tree, path)));
    const add = (paths: ByteString[], isSparse: boolean) => {
      if (paths.length > 0) sources.push(newSource(root, paths, isSparse));
    };
    add(
      own.filter((path) => !sparse.has(path)),
      false,
    );
    add([...sparse], true);
  }
  return sources;
}

/** All names of one file have the same size and blocks, and so the same answer. */
function isSparse(tree: Tree, path: ByteString): boolean {
  const entry = tree.get(path)!;
  if (typeOf(entry) !== "f") return false;
  const { size } = detailsOf(entry);
  return size > smallest && Number(entry.blocks) * 512 < size;
}

function newSource({ name, path }: Root, paths: ByteString[], sparse: boolean): Source {
  if (name === "build") {
    const names = paths.map((own) => own.slice("build/".length));
    return { directory: path, names, transform: "s,^,build/,", sparse };
  }
  const own = Buffer.from(basename(path)).toString("latin1");
  return {
    directory: dirname(path),
    names: paths.map((below) => own + below.slice(name.length)),
    transform: `s,^.\\{${own.length}\\},${name},`,
    sparse,
  };
}
