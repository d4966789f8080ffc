import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Root, Tree } from "../tree/entry.ts";
import { type ByteString, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { randomName } from "../util/files.ts";
import type { Digest } from "../util/hash.ts";
import { createTar } from "./create.ts";
import { EntryWriter } from "./entry-writer.ts";
import { type Frames, FrameWriter } from "./frame-writer.ts";
import type { LayerEntry, LayerIndex } from "./layer-index.ts";
import { openLocked } from "./locked.ts";
import { findNames, type NameUse, type WantedName } from "./names.ts";
import { findSealed } from "./sealed.ts";
import { type Source, sourcesOf } from "./sources.ts";
import { settleTails } from "./tails.ts";
import { TarReader } from "./tar-reader.ts";
import { endOfArchive, formatWhiteout } from "./whiteout.ts";

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
  /** What else to find: names of variables that matter only later. */
  names?: readonly WantedName[];
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
  /** Files that have one of the names that were looked for. */
  uses: NameUse[];
  /** Whether the tree has new entries of files that had to be unlocked. */
  treeChanged: boolean;
}

/**
 * Writes what changed as a layer.
 * @throws PhaseCacheError `conflict` when a file has changed since the scan, `tool-failed` when tar fails, `unsupported`
 *   and `refused` for files that a layer can't have
 */
export async function saveLayer(options: SaveOptions): Promise<SavedLayer> {
  const needles = options.needles.map(({ bytes }) => toBytes(bytes));
  const path = join(options.temporary, randomName("layer"));
  const fd = openSync(path, "wx", 0o660);
  const { roots, level, names = [] } = options;
  try {
    const writer = new FrameWriter(
      fd,
      level,
      needles,
      names.map(({ name }) => toBytes(name)),
    );
    const { entries, treeChanged } = await writeStream(options, writer);
    const frames = writer.finish();
    const { digest, size, plainSize } = frames;
    const index = indexOf(options, needles, entries, frames);
    const uses = findNames({ roots, entries }, names, frames.names);
    return { path, digest, size, plainSize, index, uses, treeChanged };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

async function writeStream(
  { roots, tree, changed, removed, tar }: SaveOptions,
  writer: FrameWriter,
): Promise<{ entries: LayerEntry[]; treeChanged: boolean }> {
  for (const path of removed) writer.write(formatWhiteout(path));
  const locked = openLocked(roots, tree, changed);
  const entries: LayerEntry[] = [];
  try {
    for (const { paths, sparse } of sourcesOf(roots, tree, changed)) {
      const entryWriter = new EntryWriter(writer, { roots, tree }, locked.modes);
      for (const path of paths) entryWriter.add(path);
      for (const entry of entryWriter.entries) entries.push(entry);
      if (sparse === null) continue;
      for (const entry of await addSparse(tar, sparse, new TarReader(writer, locked.modes)))
        entries.push(entry);
    }
  } finally {
    locked.relock();
  }
  writer.write(endOfArchive);
  return { entries, treeChanged: locked.changesTree };
}

/** Has tar archive the files with holes. */
async function addSparse(tar: string, source: Source, reader: TarReader): Promise<readonly LayerEntry[]> {
  for await (const piece of createTar(tar, source)) reader.push(piece);
  reader.endStream();
  const { entries } = reader;
  if (entries.length === source.names.length) return entries;
  throw new PhaseCacheError("tool-failed", `tar saved ${entries.length} of ${source.names.length} files`);
}

function indexOf(
  { roots, tree, changed, removed, hashes }: SaveOptions,
  needles: readonly Uint8Array[],
  entries: LayerEntry[],
  { frames, sure, tails }: Frames,
): LayerIndex {
  const settled = settleTails({ roots, entries, needles }, sure, tails);
  return {
    frames,
    entries,
    removed: [...removed],
    relocations: [...sure, ...settled.relocations].sort((a, b) => a.offset - b.offset),
    sealed: [...findSealed(roots, tree, changed, hashes), ...settled.sealed],
  };
}
