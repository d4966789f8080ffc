import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Root, Tree } from "../tree/entry.ts";
import { type ByteString, toBytes } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { randomName } from "../util/files.ts";
import type { Digest } from "../util/hash.ts";
import { classifyLayer } from "./classification/classify-layer.ts";
import type { Unpackers } from "./formats/decoders.ts";
import { type Frames, FrameWriter } from "./frames/writer.ts";
import type { LayerEntry, LayerIndex } from "./index/layer-index.ts";
import { debugLink, type ForeignForms, foreignForms } from "./relocation/foreign-forms.ts";
import { findNames, type NameUse, type WantedName } from "./relocation/names.ts";
import { classifyPartialHashes } from "./relocation/partial-hashes.ts";
import { EntryWriter } from "./saving/entry-writer.ts";
import { openLocked } from "./saving/locked-files.ts";
import { createTar } from "./tar/gnu-tar.ts";
import { type Source, sourcesOf } from "./tar/sources.ts";
import { TarReader } from "./tar/stream-reader.ts";
import { endOfArchive, formatWhiteout } from "./tar/whiteout.ts";

export interface SaveOptions {
  roots: readonly Root[];
  /** The tree as `changed` and `removed` were told from. Entries of files that had to be unlocked get their new ctime. */
  tree: Tree;
  changed: readonly ByteString[];
  removed: readonly ByteString[];
  /** What to find in the layer, so that it can be relocated. */
  patterns: readonly { bytes: ByteString }[];
  /** What else to find: names of variables that matter only later. */
  names?: readonly WantedName[];
  /** The own output paths: what holds a digest of one can't be relocated. */
  outputPaths?: readonly ByteString[];
  /** Programs to look into packed files with. */
  unpackers?: Unpackers;
  /** When the build began, in milliseconds since the epoch: packed files that are older are no phase's. */
  since?: number;
  /**
   * Layer paths of files in earlier layers that relocation changes; null when there are none. Only asked for when something
   * may depend on them.
   */
  patchedBefore?: (() => Iterable<ByteString>) | null;
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
  const patterns = options.patterns.map(({ bytes }) => toBytes(bytes));
  const path = join(options.temporary, randomName("layer"));
  const fd = openSync(path, "wx", 0o660);
  const { roots, level, names = [] } = options;
  try {
    const foreign = foreignForms(patterns, options.outputPaths ?? []);
    const forms = patterns.length === 0 ? [] : [...foreign.forms.map(({ form }) => form), debugLink];
    const wanted = names.map(({ name }) => toBytes(name));
    const wantsTokens = options.patchedBefore != null;
    const writer = new FrameWriter(fd, level, patterns, forms, wanted, wantsTokens);
    const stream = await writeStream(options, writer);
    const frames = writer.finish();
    const { digest, size, plainSize } = frames;
    const index = indexOf(options, { patterns, foreign }, stream, frames);
    const uses = findNames({ roots, entries: stream.entries }, names, frames.names);
    return { path, digest, size, plainSize, index, uses, treeChanged: stream.treeChanged };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** The entries of a stream, and what a glance told of each (see glance.ts). */
interface Stream {
  entries: LayerEntry[];
  glances: (number | undefined)[];
  treeChanged: boolean;
}

async function writeStream(
  { roots, tree, changed, removed, tar }: SaveOptions,
  writer: FrameWriter,
): Promise<Stream> {
  for (const path of removed) writer.write(formatWhiteout(path));
  const locked = openLocked(roots, tree, changed);
  const entries: LayerEntry[] = [];
  const glances: (number | undefined)[] = [];
  try {
    for (const { paths, sparse } of sourcesOf(roots, tree, changed)) {
      const entryWriter = new EntryWriter(writer, { roots, tree }, locked.modes);
      for (const path of paths) entryWriter.add(path);
      for (const entry of entryWriter.entries) entries.push(entry);
      for (const glance of entryWriter.glances) glances.push(glance);
      if (sparse === null) continue;
      for (const entry of await addSparse(tar, sparse, new TarReader(writer, locked.modes)))
        entries.push(entry);
      glances.length = entries.length;
    }
  } finally {
    locked.relock();
  }
  writer.write(endOfArchive);
  return { entries, glances, treeChanged: locked.changesTree };
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
  options: SaveOptions,
  { patterns, foreign }: { patterns: readonly Uint8Array[]; foreign: ForeignForms },
  { entries, glances }: Stream,
  { frames, whole, partial, forms, tokens, tokensFrom }: Frames,
): LayerIndex {
  const { roots, tree, removed, since = 0 } = options;
  const classified = classifyPartialHashes({ roots, entries, patterns }, whole, partial);
  const relocations = [...whole, ...classified.relocations].sort((a, b) => a.offset - b.offset);
  const classes = classifyLayer({
    roots,
    tree,
    entries,
    glances,
    relocations,
    doubtful: classified.notRelocatable,
    formHits: forms.filter(({ form }) => form < foreign.forms.length),
    debugLinks: forms.filter(({ form }) => form === foreign.forms.length),
    tokens,
    tokensFrom,
    patterns,
    foreign,
    tools: options.unpackers ?? { xz: null, bzip2: null },
    since: BigInt(Math.floor(since)) * 1_000_000n,
    patchedBefore: options.patchedBefore ?? (() => []),
  });
  return { frames, entries, removed: [...removed], relocations, classes };
}
