import type { ByteString } from "../util/bytes.ts";
import { unescapeNames } from "./paths.ts";

/**
 * A directory tree that snapshots cover: the build directory, the sandbox's own /tmp or /dev/shm, or an output, which may
 * also be a single file or symlink. `path` is an absolute path, as text.
 */
export interface Root {
  name: "build" | Temporary | `outputs/${string}`;
  path: string;
}

/** Directories that every sandbox has, and that are empty when a build starts. */
type Temporary = "tmp" | "shm";

/** Whether a root is an output. Phases create and remove outputs; the other roots always exist and have no entry. */
export function isOutput(name: string): boolean {
  return name.startsWith("outputs/");
}

export function isTemporary(name: string): name is Temporary {
  return name === "tmp" || name === "shm";
}

/** A file as a scan found it. The fields stay text, because most entries are only compared. */
export interface Entry {
  /** `find -printf`'s `%y %m %T@ %s %C@ %i %D %n`: see `detailsOf`. */
  meta: string;
  /** Disk blocks of 512 bytes, in decimal. Not part of `meta`: file systems change it while the file stays the same. */
  blocks: string;
  /** The target of a symlink; empty for other types. */
  target: ByteString;
}

/** Entries by layer path (`build/a`, `outputs/out/bin/x`: see `escapeNames`), parents first. `build` has no entry. */
export type Tree = Map<ByteString, Entry>;

/** Returns `find`'s letter for the type: `f` file, `d` directory, `l` symlink, `p` fifo. A tree has no other types. */
export function typeOf({ meta }: Entry): string {
  return meta[0]!;
}

/** Returns the permission bits, including setuid, setgid and sticky. */
export function modeOf({ meta }: Entry): number {
  return Number.parseInt(meta.slice(2, meta.indexOf(" ", 2)), 8);
}

/** Returns the fields of a directory's `meta` that no change to the files in it affects: type, mode, mtime. */
export function directoryFields(meta: string): string {
  const mode = meta.indexOf(" ", 2);
  return meta.slice(0, meta.indexOf(" ", mode + 1));
}

/** Returns the fields that neither a chmod to the same mode nor a copy with times changes: type, mode, mtime, size. */
export function stableFields(meta: string): string {
  let end = 1;
  for (let fields = 0; fields < 3; fields++) end = meta.indexOf(" ", end + 1);
  return meta.slice(0, end);
}

export interface Details {
  /** Bytes. */
  size: number;
  /** Seconds with nanoseconds and a trailing zero, as `find` prints them. Ambiguous for times before 1970. */
  mtime: string;
  /** In the form of `mtime`. */
  ctime: string;
  /** Inode and device: equal for all hard links of a file. */
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

/** Returns a file's size in bytes, in decimal. */
export function sizeOf({ meta }: Entry): string {
  const start = meta.indexOf(" ", meta.indexOf(" ", 2) + 1) + 1;
  return meta.slice(start, meta.indexOf(" ", start));
}

/** Returns the identity that the hard links of an entry share; null for a file with one name, and for directories. */
export function linksOf(entry: Entry): string | null {
  if (typeOf(entry) === "d" || entry.meta.endsWith(" 1")) return null;
  return detailsOf(entry).identity;
}

/** Converts a time of `Details` into milliseconds exactly as Node does from the same seconds and nanoseconds. */
export function toMilliseconds(time: string): number {
  const dot = time.indexOf(".");
  return Number(time.slice(0, dot)) * 1000 + Number(time.slice(dot + 1, dot + 10)) / 1e6;
}

/** Returns the entry with one field of `meta` replaced: 1 is the mode, 2 the mtime, 4 the ctime. */
export function withField(entry: Entry, field: 1 | 2 | 4, value: string): Entry {
  const fields = entry.meta.split(" ");
  fields[field] = value;
  return { ...entry, meta: fields.join(" ") };
}

/**
 * Returns the path on disk of a layer path, as bytes for file system calls.
 * @throws Error when the path is in none of the roots, which is a bug in the caller
 */
export function diskPath(roots: readonly Root[], path: ByteString): Buffer {
  const root = roots.find(({ name }) => path === name || path.startsWith(`${name}/`));
  if (root === undefined) throw new Error(`no root contains ${path}`);
  return Buffer.concat([
    Buffer.from(root.path),
    Buffer.from(unescapeNames(path.slice(root.name.length)), "latin1"),
  ]);
}

/** Smaller files never count as sparse: some file systems store them inside the inode, without a block. */
const minSparseSize = 4096;

/** Whether a regular file has holes. */
export function isSparse(entry: Entry): boolean {
  if (typeOf(entry) !== "f") return false;
  const { size } = detailsOf(entry);
  return size > minSparseSize && Number(entry.blocks) * 512 < size;
}
