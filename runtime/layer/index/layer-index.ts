import type { ByteString } from "../../util/bytes.ts";
import type { FileClass } from "./file-class.ts";

/** Plain bytes in a frame, the last one of a layer aside. */
export const frameSize = 4 << 20;

/** A piece of a layer's blob that is compressed by itself: its compressed and its plain length. */
export interface Frame {
  packed: number;
  plain: number;
}

/** Regular file, directory, symlink, hard link, fifo. */
export type EntryType = "f" | "d" | "l" | "h" | "p";

/** One file of a layer, in the order of the tar stream. */
export interface LayerEntry {
  path: ByteString;
  type: EntryType;
  /** Permission bits, sticky included. */
  mode: number;
  /** Bytes, holes included; 0 unless it is a regular file. */
  size: number;
  /** Nanoseconds since the epoch, in decimal. */
  mtime: string;
  /** What a symlink points to, or the layer path of the file that a hard link is another name of; else empty. */
  target: ByteString;
  /** Offsets in the plain tar stream, headers and padding included; multiples of 512. */
  start: number;
  end: number;
}

/** Whether an entry is made when all files are there: a directory gets its mtime and mode then, a hard link its target. */
export function isDeferred({ type }: LayerEntry): boolean {
  return type === "d" || type === "h";
}

/** A pattern at an offset of the plain tar stream. */
export interface Relocation {
  offset: number;
  pattern: number;
}

/** What a layer holds: enough to restore any part of it without reading the rest. */
export interface LayerIndex {
  frames: Frame[];
  entries: LayerEntry[];
  /** Layer paths that are gone, each with all below it. */
  removed: ByteString[];
  relocations: Relocation[];
  /** The regular files that name an output, or may do so, in the entries' order. */
  classes: FileClass[];
}

export function packedSize({ frames }: LayerIndex): number {
  return frames.reduce((sum, { packed }) => sum + packed, 0);
}
