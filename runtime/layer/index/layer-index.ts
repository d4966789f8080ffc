import type { ByteString } from "../../util/bytes.ts";
import type { FileClass } from "./file-class.ts";

/** Plain bytes in each frame but the last of a layer. */
export const frameSize = 4 << 20;

/** An independently compressed part of a layer's blob: its compressed and its plain length. */
export interface Frame {
  packed: number;
  plain: number;
}

/** Regular file, directory, symlink, hard link, fifo. */
export type EntryType = "f" | "d" | "l" | "h" | "p";

/** One file of a layer. Entries are in stream order. */
export interface LayerEntry {
  path: ByteString;
  type: EntryType;
  /** Permission bits, sticky included. */
  mode: number;
  /** Bytes, holes included; 0 for other types than regular files. */
  size: number;
  /** Nanoseconds since the epoch, in decimal. */
  mtime: string;
  /** A symlink's target, or the layer path of the file that a hard link links to; empty for other types. */
  target: ByteString;
  /** Offsets in the plain tar stream, headers and padding included; multiples of 512. */
  start: number;
  end: number;
  /** The metadata in the stream, if `mode` and `mtime` come from a later layer. */
  stored?: { mode: number; mtime: string };
}

/** The metadata of a regular file whose contents an earlier layer has, under the same path. Not in the tar stream. */
export type MetadataEntry = Pick<LayerEntry, "path" | "mode" | "size" | "mtime">;

/**
 * Whether an entry is made after all others: a directory's mtime and mode are set when its files exist, and a hard link
 * needs its target.
 */
export function isDeferred({ type }: LayerEntry): boolean {
  return type === "d" || type === "h";
}

/** A pattern at an offset of the plain tar stream. */
export interface Relocation {
  offset: number;
  pattern: number;
}

/** Describes a layer, so that any part of it can be restored without reading the rest. */
export interface LayerIndex {
  frames: Frame[];
  entries: LayerEntry[];
  /** A hard link in `entries` may also link to one of these files. */
  metadata: MetadataEntry[];
  /** Layer paths that the phase removed, each with everything below it. */
  removed: ByteString[];
  relocations: Relocation[];
  /** Classes of the regular files that name an output, or may do so, in the entries' order. */
  classes: FileClass[];
}

export function packedSize({ frames }: LayerIndex): number {
  return frames.reduce((sum, { packed }) => sum + packed, 0);
}
