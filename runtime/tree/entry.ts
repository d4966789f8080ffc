import type { ByteString } from "../util/bytes.ts";
import { unescapeNames } from "./paths.ts";

/**
 * A directory tree that snapshots cover: the build directory, the sandbox's own /tmp and /dev/shm, and the outputs, which may
 * also be a single file or symlink. `path` is absolute text.
 */
export interface Root {
  name: "build" | Temporary | `outputs/${string}`;
  path: string;
}

/** Directories that are there in every build of a sandbox, and empty. */
export type Temporary = "tmp" | "shm";

/** An output comes into being and goes as a whole; the other roots are directories to fill, and no entries themselves. */
export function isOutput(name: string): boolean {
  return name.startsWith("outputs/");
}

export function isTemporary(name: string): name is Temporary {
  return name === "tmp" || name === "shm";
}

/**
 * What a scan saw of one file. The fields stay text: most entries of most scans are only ever compared.
 */
export interface Entry {
  /** `find -printf`'s `%y %m %T@ %s %C@ %i %D %n`: see `detailsOf`. */
  meta: string;
  /** Disk blocks of 512 bytes, in decimal. Not in `meta`: file systems change it behind an unchanged file. */
  blocks: string;
  /** What a symlink points to; empty for all else. */
  target: ByteString;
}

/** Entries by layer path (`build/a`, `outputs/out/bin/x`, see `escapeNames`), parents before children. `build` itself is no entry. */
export type Tree = Map<ByteString, Entry>;

/** `find`'s letter: `f` file, `d` directory, `l` symlink, `p` fifo; others are in no tree. */
export function typeOf({ meta }: Entry): string {
  return meta[0]!;
}

/** The permission bits, setuid, setgid and sticky included. */
export function modeOf({ meta }: Entry): number {
  return Number.parseInt(meta.slice(2, meta.indexOf(" ", 2)), 8);
}

/** The part of a directory's `meta` that its entries' own changes leave alone: type, mode, mtime. */
export function directoryPart(meta: string): string {
  const mode = meta.indexOf(" ", 2);
  return meta.slice(0, meta.indexOf(" ", mode + 1));
}

/** The part of `meta` that neither chmod to the same mode nor a copy that keeps times changes: type, mode, mtime, size. */
export function lastingPart(meta: string): string {
  let end = 1;
  for (let fields = 0; fields < 3; fields++) end = meta.indexOf(" ", end + 1);
  return meta.slice(0, end);
}

export interface Details {
  /** Bytes. */
  size: number;
  /** Seconds with nanoseconds and a trailing zero, as `find` prints them; before 1970 that can be read in two ways. */
  mtime: string;
  /** Likewise. */
  ctime: string;
  /** Inode and device: equal for hard links of one file. */
  identity: string;
  links: number;
}

export function detailsOf({ meta }: Entry): Details {
  const [, , mtime, size, ctime, inode, device, links] = meta.split(" ");
  return {
    size: Number(size),
    mtime: mtime!,
    ctime: ctime!,
    identity: `${inode} ${device}`,
    links: Number(links),
  };
}

/** The same entry with another field of `meta`: 1 for the mode, 2 for the mtime, 4 for the ctime. */
export function withField(entry: Entry, field: 1 | 2 | 4, value: string): Entry {
  const fields = entry.meta.split(" ");
  fields[field] = value;
  return { ...entry, meta: fields.join(" ") };
}

/**
 * Where a layer path lies on disk, as the bytes that file system calls take.
 * @throws Error when no root holds it, which is a mistake of the caller
 */
export function diskPath(roots: readonly Root[], path: ByteString): Buffer {
  const root = roots.find(({ name }) => path === name || path.startsWith(`${name}/`));
  if (root === undefined) throw new Error(`no root holds ${path}`);
  return Buffer.concat([
    Buffer.from(root.path),
    Buffer.from(unescapeNames(path.slice(root.name.length)), "latin1"),
  ]);
}

/** Smaller files are never taken for sparse: some file systems keep them inside their inode, without a block. */
const smallest = 4096;

/** Whether a regular file has holes. */
export function isSparse(entry: Entry): boolean {
  if (typeOf(entry) !== "f") return false;
  const { size } = detailsOf(entry);
  return size > smallest && Number(entry.blocks) * 512 < size;
}
