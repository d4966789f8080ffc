import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { detailsOf, type Root, type Tree } from "../tree/entry.ts";
import { type ByteString, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { randomName } from "../util/files.ts";
import type { Digest } from "../util/hash.ts";
import { createTar } from "./create.ts";
import { type Frames, FrameWriter } from "./frame-writer.ts";
import type { LayerIndex } from "./layer-index.ts";
import { openLocked } from "./locked.ts";
import { openPool } from "./pool.ts";
import { findSealed } from "./sealed.ts";
import { sourcesOf } from "./sources.ts";
import { settleTails } from "./tails.ts";
import { TarReader } from "./tar-reader.ts";
import { endOfArchive, formatWhiteout, refuseWhiteouts } from "./whiteout.ts";

export interface SaveOptions {
  roots: readonly Root[];
  /** The tree as `changed` and `removed` were told from. Entries of files that had to be unlocked get their new ctime. */
  tree: Tree;
  changed: readonly ByteString[];
  removed: readonly ByteString[];
  /** What to find in the layer, so that it can be relocated. */
  needles: readonly { bytes: ByteString }[];
  /** Those of them that are looked for inside archives as well. */
  hashes: readonly ByteString[];
  /** Absolute path of GNU tar. */
  tar: string;
  /** zstd's. */
  level: number;
  /** Directory for the layer; the store's own, so that the file can be renamed into place. */
  temporary: string;
}

/** A finished layer, at `path` until someone moves it. Sizes are bytes of the blob and of the tar stream in it. */
export interface SavedLayer {
  path: string;
  digest: Digest;
  size: number;
  plainSize: number;
  index: LayerIndex;
}

/**
 * Writes what changed as a layer.
 * @throws PhaseCacheError `tool-failed` when tar fails, `unsupported` and `refused` for files that a layer can't have
 */
export async function saveLayer(options: SaveOptions): Promise<SavedLayer> {
  refuseWhiteouts(options.changed);
  const needles = options.needles.map(({ bytes }) => toBytes(bytes));
  const path = join(options.temporary, randomName("layer"));
  const fd = openSync(path, "wx", 0o660);
  const pool = openPool({ level: options.level, needles, expected: expectedSize(options) });
  try {
    const { frames, index } = await writeLayer(options, needles, new FrameWriter(fd, pool, needles));
    return { path, digest: frames.digest, size: frames.size, plainSize: frames.plainSize, index };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    pool.close();
    closeSync(fd);
  }
}

async function writeLayer(
  options: SaveOptions,
  needles: readonly Uint8Array[],
  writer: FrameWriter,
): Promise<{ frames: Frames; index: LayerIndex }> {
  const { roots, tree, changed, removed, tar, hashes } = options;
  for (const path of removed) {
    writer.write(formatWhiteout(path));
    await writer.drained();
  }
  const locked = openLocked(roots, tree, changed);
  const reader = new TarReader(writer, locked.modes);
  try {
    for (const source of sourcesOf(roots, tree, changed)) {
      for await (const piece of createTar(tar, source)) {
        reader.push(piece);
        await writer.drained();
      }
      reader.endStream();
    }
  } finally {
    locked.relock();
  }
  if (reader.entries.length !== changed.length) {
    throw new PhaseCacheError("tool-failed", `tar saved ${reader.entries.length} of ${changed.length} files`);
  }
  writer.write(endOfArchive);
  const frames = await writer.finish();
  const { entries } = reader;
  const { sure, tails } = frames;
  const settled = settleTails({ roots, entries, needles }, sure, tails);
  return {
    frames,
    index: {
      frames: frames.frames,
      entries,
      removed: [...removed],
      relocations: [...sure, ...settled.relocations].sort((a, b) => a.offset - b.offset),
      sealed: [...findSealed(roots, tree, changed, hashes), ...settled.sealed],
    },
  };
}

/** About how long the tar stream becomes. */
function expectedSize({ tree, changed }: SaveOptions): number {
  return changed.reduce((sum, path) => sum + 1536 + detailsOf(tree.get(path)!).size, 0);
}
