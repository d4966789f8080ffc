import { type ByteString, printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { EntryChecker } from "./entry-checker.ts";
import { foldLayers, type Live } from "./fold.ts";
import { readExactly } from "./frame-reader.ts";
import { padded } from "./header.ts";
import { Patcher, relocateIndex } from "./relocate.ts";
import type { SourceLayer } from "./restore.ts";
import { expandSparse } from "./sparse.ts";
import { decompressFrame } from "./zstd.ts";

/**
 * The contents of one file of the tree that layers make, in pieces that are valid until the next one is asked for. Only
 * the frames that hold it are read: the layer's digest is not verified, the frames' own checksums are.
 * @param path layer path of a regular file
 * @throws PhaseCacheError `not-found`, `unsupported` for directories and the like, `damaged`, `refused`
 */
export function* readEntry(layers: readonly SourceLayer[], path: ByteString): Generator<Buffer> {
  const indexes = layers.map((layer) => relocateIndex(layer.index, layer));
  const { layer, entry } = findFile(foldLayers(indexes), path);
  const source = layers[layer]!;
  const checker = new EntryChecker([entry], new Patcher(source.index.relocations, source));
  const stored = storedPieces(source, checker);
  const first = stored.next();
  if (first.done === true) return;
  const pieces = chain(first.value, stored);
  if (checker.current?.member.sparse) yield* expandSparse(pieces, entry.size);
  else yield* pieces;
}

/** What the stream has of the checker's only file, without padding. */
function* storedPieces({ fd, index }: SourceLayer, checker: EntryChecker): Generator<Buffer> {
  let at = 0;
  let start = 0;
  for (const { packed, plain } of index.frames) {
    if (checker.wants(start, start + plain)) {
      const frame = { bytes: decompressFrame(readExactly(fd, packed, at), plain), start };
      checker.check(frame);
      const { current } = checker;
      if (current !== null) {
        const end =
          current.contents + (current.member.sparse ? padded(current.member.stored) : current.member.stored);
        const piece = frame.bytes.subarray(Math.max(0, current.contents - start), Math.max(0, end - start));
        if (piece.length > 0) yield piece;
      }
    }
    at += packed;
    start += plain;
  }
}

function* chain(first: Buffer, rest: Generator<Buffer>): Generator<Buffer> {
  yield first;
  yield* rest;
}

/** The live entry of a path; for a hard link, that of the file that it is another name of. */
function findFile(live: ReadonlyMap<ByteString, Live>, path: ByteString): Live {
  const found = live.get(path);
  if (found === undefined)
    throw new PhaseCacheError("not-found", `${printable(path)} is not in the snapshot`);
  if (found.entry.type === "h") return findFile(live, found.entry.target);
  if (found.entry.type !== "f")
    throw new PhaseCacheError("unsupported", `${printable(path)} is not a regular file`);
  return found;
}
