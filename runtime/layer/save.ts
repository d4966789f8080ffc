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
import type { LayerEntry, LayerIndex, MetadataEntry } from "./index/layer-index.ts";
import { debugLink, type ForeignForms, foreignForms } from "./relocation/forms.ts";
import { findNames, type NameUse, type WantedName } from "./relocation/names.ts";
import { classifyPartialHashes } from "./relocation/partial-hashes.ts";
import { EntryWriter } from "./saving/entry-writer.ts";
import { unlockFiles } from "./saving/locked-files.ts";
import { createTar } from "./tar/gnu-tar.ts";
import { type Source, sourcesOf } from "./tar/sources.ts";
import { TarReader } from "./tar/stream-reader.ts";
import { endOfArchive, formatWhiteout } from "./tar/whiteout.ts";

export interface SaveOptions {
  roots: readonly Root[];
  /**
   * The scan that `changed` and `removed` were computed from. Entries of files that had to be unlocked get their new
   * ctime.
   */
  tree: Tree;
  changed: readonly ByteString[];
  removed: readonly ByteString[];
  /** Those of `changed` for which an earlier layer has an entry with the same contents: only their metadata are saved. */
  sameContents?: ReadonlySet<ByteString>;
  /** Patterns to search for and record, so that the layer can be relocated. */
  patterns: readonly { bytes: ByteString }[];
  /** Names of variables to search for that only later phases use. */
  names?: readonly WantedName[];
  /** The derivation's own output paths: a file that holds a digest of one can't be relocated. */
  outputPaths?: readonly ByteString[];
  /** Programs that unpack compressed files. */
  unpackers?: Unpackers;
  /** When the build began, in milliseconds since the epoch: no phase made packed files that are older. */
  since?: number;
  /**
   * Returns layer paths of files in earlier layers that relocation changes; null if there are none. Called only if a
   * file of this layer may depend on one.
   */
  patchedBefore?: (() => Iterable<ByteString>) | null;
  /** Absolute path of GNU tar. */
  tar: string;
  /** zstd's compression level. */
  level: number;
  /** Directory for the layer, on the store's file system, so that the file can be renamed into place. */
  temporary: string;
}

/** A finished layer. */
export interface SavedLayer {
  /** Where the blob lies. The caller moves it. */
  path: string;
  digest: Digest;
  /** Bytes of the blob. */
  size: number;
  /** Bytes of the tar stream in the blob. */
  plainSize: number;
  index: LayerIndex;
  /** Files that use one of the `names`. */
  uses: NameUse[];
  /** Whether entries of the tree were updated, for files that had to be unlocked. */
  treeChanged: boolean;
}

/**
 * Writes the changed files and the removed paths as a layer.
 * @throws PhaseCacheError `conflict` when a file has changed since the scan, `tool-failed` when tar fails,
 *   `unsupported` and `refused` for files that a layer can't hold
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

interface Stream {
  entries: LayerEntry[];
  metadata: MetadataEntry[];
  /** For each entry its `contentFlag`s; undefined for sparse files. */
  contentFlags: (number | undefined)[];
  treeChanged: boolean;
}

async function writeStream(
  { roots, tree, changed, removed, sameContents = new Set(), tar }: SaveOptions,
  writer: FrameWriter,
): Promise<Stream> {
  for (const path of removed) writer.write(formatWhiteout(path));
  const unlocked = unlockFiles(roots, tree, changed);
  const entries: LayerEntry[] = [];
  const metadata: MetadataEntry[] = [];
  const contentFlags: (number | undefined)[] = [];
  try {
    for (const { metadata: own, paths, sparse } of sourcesOf(roots, tree, changed, sameContents)) {
      const entryWriter = new EntryWriter(writer, { roots, tree }, unlocked.modes);
      for (const path of own) entryWriter.addMetadata(path);
      for (const one of entryWriter.metadata) metadata.push(one);
      for (const path of paths) entryWriter.add(path);
      for (const entry of entryWriter.entries) entries.push(entry);
      for (const flags of entryWriter.contentFlags) contentFlags.push(flags);
      if (sparse === null) continue;
      for (const entry of await addSparse(tar, sparse, new TarReader(writer, unlocked.modes)))
        entries.push(entry);
      contentFlags.length = entries.length;
    }
  } finally {
    unlocked.relock();
  }
  writer.write(endOfArchive);
  return { entries, metadata, contentFlags, treeChanged: unlocked.changesTree };
}

/** Archives sparse files with tar. */
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
  { entries, metadata, contentFlags }: Stream,
  { frames, whole, partial, forms, tokens, tokensFrom }: Frames,
): LayerIndex {
  const { roots, tree, removed, since = 0 } = options;
  const classified = classifyPartialHashes({ roots, entries, patterns }, whole, partial);
  const relocations = [...whole, ...classified.relocations].sort((a, b) => a.offset - b.offset);
  const classes = classifyLayer({
    roots,
    tree,
    entries,
    contentFlags,
    relocations,
    unclassified: classified.notRelocatable,
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
  return { frames, entries, metadata, removed: [...removed], relocations, classes };
}
