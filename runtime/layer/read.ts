import { type ByteString, printable } from "../util/bytes.ts";
import { decompressFrame } from "../util/encoding/zstd.ts";
import { PhaseCacheError } from "../util/error.ts";
import { readExactly } from "./frames/reader.ts";
import { flattenLayers, type ResolvedEntry } from "./index/flatten.ts";
import type { LayerEntry } from "./index/layer-index.ts";
import { frameSize } from "./index/layer-index.ts";
import { Patcher, relocateIndex } from "./relocation/patch.ts";
import type { SourceLayer } from "./restore.ts";
import { EntryChecker } from "./restoring/entry-checker.ts";
import { padded } from "./tar/header.ts";
import { expandSparse } from "./tar/sparse.ts";

/**
 * Yields the contents of one file of the layers' tree, in pieces; each is valid until the next is requested. Reads only
 * the frames that hold the file: verifies the frames' own checksums, but not the layer's digest.
 * @param path layer path of a regular file
 * @throws PhaseCacheError `not-found`, `unsupported` for directories and the like, `damaged`, `refused`
 */
export function* readEntry(layers: readonly SourceLayer[], path: ByteString): Generator<Buffer> {
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  const { layer, entry } = findFile(flattenLayers(indexes), path);
  yield* readContents(layers[layer]!, [entry]).next().value!.contents;
}

/**
 * Yields the contents of several files of one layer, and reads each frame at most once. The caller must consume a
 * file's pieces before it requests the next file.
 * @param entries regular files with relocated paths, in stream order
 */
export function* readContents(
  source: SourceLayer,
  entries: readonly LayerEntry[],
): Generator<{ entry: LayerEntry; contents: Generator<Buffer> }, undefined> {
  const readFrame = frameReader(source);
  const { relocations } = source.index;
  let next = 0;
  for (const entry of entries) {
    while ((relocations[next]?.offset ?? Infinity) < entry.start) next++;
    const first = next;
    while ((relocations[next]?.offset ?? Infinity) < entry.end) next++;
    const checker = new EntryChecker([entry], new Patcher(relocations.slice(first, next), source));
    yield { entry, contents: contentsOf(entry, checker, readFrame) };
  }
}

function* contentsOf(entry: LayerEntry, checker: EntryChecker, readFrame: ReadFrame): Generator<Buffer> {
  const stored = storedPieces(entry, checker, readFrame);
  const first = stored.next();
  if (first.done === true) return;
  const pieces = chain(first.value, stored);
  if (checker.current?.member.sparse) yield* expandSparse(pieces, entry.size);
  else yield* pieces;
}

/** Yields the stored contents of the checker's only file, without padding. */
function* storedPieces(
  { start, end }: LayerEntry,
  checker: EntryChecker,
  readFrame: ReadFrame,
): Generator<Buffer> {
  for (let number = Math.floor(start / frameSize); number * frameSize < end; number++) {
    const frame = { bytes: readFrame(number), start: number * frameSize };
    for (const _ of checker.check(frame)) {
      // Iterating checks and relocates the frame; the chunks themselves are not needed.
    }
    const { current } = checker;
    if (current === null) continue;
    const last =
      current.contents + (current.member.sparse ? padded(current.member.stored) : current.member.stored);
    const piece = frame.bytes.subarray(
      Math.max(0, current.contents - frame.start),
      Math.max(0, last - frame.start),
    );
    if (piece.length > 0) yield piece;
  }
}

/** Returns a frame's plain bytes by its number. The last frame is cached, with any patches made to it. */
type ReadFrame = (number: number) => Buffer;

function frameReader({ fd, index: { frames } }: SourceLayer): ReadFrame {
  let at = 0;
  const offsets = frames.map(({ packed }) => {
    at += packed;
    return at - packed;
  });
  let current: { number: number; bytes: Buffer } = { number: -1, bytes: Buffer.alloc(0) };
  return (number) => {
    if (current.number === number) return current.bytes;
    const { packed, plain } = frames[number]!;
    current = { number, bytes: decompressFrame(readExactly(fd, packed, offsets[number]!), plain) };
    return current.bytes;
  };
}

function* chain(first: Buffer, rest: Generator<Buffer>): Generator<Buffer> {
  yield first;
  yield* rest;
}

/** Finds a path's entry in the tree; for a hard link, that of the file that it links to. */
function findFile(tree: ReadonlyMap<ByteString, ResolvedEntry>, path: ByteString): ResolvedEntry {
  const found = tree.get(path);
  if (found === undefined)
    throw new PhaseCacheError("not-found", `${printable(path)} is not in the snapshot`);
  if (found.entry.type === "h") return findFile(tree, found.entry.target);
  if (found.entry.type !== "f")
    throw new PhaseCacheError("unsupported", `${printable(path)} is not a regular file`);
  return found;
}
