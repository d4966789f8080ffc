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
 * The contents of one file of the tree that layers make, in pieces that are valid until the next one is asked for. Only
 * the frames that hold it are read: the layer's digest is not verified, the frames' own checksums are.
 * @param path layer path of a regular file
 * @throws PhaseCacheError `not-found`, `unsupported` for directories and the like, `damaged`, `refused`
 */
export function* readEntry(layers: readonly SourceLayer[], path: ByteString): Generator<Buffer> {
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  const { layer, entry } = findFile(flattenLayers(indexes), path);
  yield* readContents(layers[layer]!, [entry]).next().value!.contents;
}

/**
 * The contents of several files of one layer: each frame that holds something of them is read once. A file's pieces
 * must be asked for before the next file.
 * @param entries regular files with relocated paths, in the order of the stream
 */
export function* readContents(
  source: SourceLayer,
  entries: readonly LayerEntry[],
): Generator<{ entry: LayerEntry; contents: Generator<Buffer> }, undefined> {
  const unpack = unpacker(source);
  const { relocations } = source.index;
  let next = 0;
  for (const entry of entries) {
    while ((relocations[next]?.offset ?? Infinity) < entry.start) next++;
    const first = next;
    while ((relocations[next]?.offset ?? Infinity) < entry.end) next++;
    const checker = new EntryChecker([entry], new Patcher(relocations.slice(first, next), source));
    yield { entry, contents: contentsOf(entry, checker, unpack) };
  }
}

function* contentsOf(entry: LayerEntry, checker: EntryChecker, unpack: Unpack): Generator<Buffer> {
  const stored = storedPieces(entry, checker, unpack);
  const first = stored.next();
  if (first.done === true) return;
  const pieces = chain(first.value, stored);
  if (checker.current?.member.sparse) yield* expandSparse(pieces, entry.size);
  else yield* pieces;
}

/** What the stream has of the checker's only file, without padding. */
function* storedPieces({ start, end }: LayerEntry, checker: EntryChecker, unpack: Unpack): Generator<Buffer> {
  for (let number = Math.floor(start / frameSize); number * frameSize < end; number++) {
    const frame = { bytes: unpack(number), start: number * frameSize };
    for (const _ of checker.check(frame)) {
      // Only the check matters, and what it relocates.
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

/** Gives a frame's plain bytes by its number: the same ones, as they were left, until another frame is asked for. */
type Unpack = (number: number) => Buffer;

function unpacker({ fd, index: { frames } }: SourceLayer): Unpack {
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

/** The live entry of a path; for a hard link, that of the file that it is another name of. */
function findFile(live: ReadonlyMap<ByteString, ResolvedEntry>, path: ByteString): ResolvedEntry {
  const found = live.get(path);
  if (found === undefined)
    throw new PhaseCacheError("not-found", `${printable(path)} is not in the snapshot`);
  if (found.entry.type === "h") return findFile(live, found.entry.target);
  if (found.entry.type !== "f")
    throw new PhaseCacheError("unsupported", `${printable(path)} is not a regular file`);
  return found;
}
