import { fromBytes } from "../../util/bytes.ts";
import { damaged } from "../../util/error.ts";
import { blockSize } from "./header.ts";

interface Region {
  offset: number;
  size: number;
}

/** Maximum size of a map, in bytes: a million regions. A longer one is not genuine. */
const largestMap = 16 << 20;

const zeros = Buffer.alloc(1 << 20);

/**
 * Yields the contents of a sparse file, holes included, from its stored form, GNU tar's format 1.0 (its manual,
 * "Storing Sparse Files"): a map of decimal numbers, one a line (the number of regions, then each region's offset and
 * size), padded to whole blocks, followed by the regions' bytes.
 * @param size of the file, in bytes
 * @throws PhaseCacheError `damaged`
 */
export function* expandSparse(stored: Iterator<Buffer>, size: number): Generator<Buffer> {
  const { regions, rest } = readMap(stored);
  let at = 0;
  let piece = rest;
  for (const { offset, size: length } of regions) {
    if (offset < at || offset + length > size) throw damaged("the map of a sparse file is damaged");
    yield* hole(offset - at);
    at = offset;
    for (const end = offset + length; at < end; ) {
      if (piece.length === 0) piece = next(stored);
      const part = piece.subarray(0, end - at);
      yield part;
      piece = piece.subarray(part.length);
      at += part.length;
    }
  }
  yield* hole(size - at);
}

function* hole(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
}

/** Reads the map. Relies on pieces being whole blocks, as everything in a tar stream is. */
function readMap(stored: Iterator<Buffer>): { regions: Region[]; rest: Buffer } {
  let text = "";
  let rest: Buffer = Buffer.alloc(0);
  for (let lines = 0, wanted = 1; lines < wanted; ) {
    if (rest.length === 0) rest = next(stored);
    const block = fromBytes(rest.subarray(0, blockSize));
    rest = rest.subarray(blockSize);
    text += block;
    lines += block.split("\n").length - 1;
    if (lines > 0) wanted = 1 + 2 * decimal(text.slice(0, text.indexOf("\n")));
    if (text.length > largestMap) throw damaged("the map of a sparse file is damaged");
  }
  const [count, ...numbers] = text
    .split("\n", 1 + 2 * decimal(text.slice(0, text.indexOf("\n"))))
    .map(decimal);
  const regions = Array.from({ length: count! }, (_, i) => ({
    offset: numbers[2 * i]!,
    size: numbers[2 * i + 1]!,
  }));
  return { regions, rest };
}

function decimal(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw damaged("the map of a sparse file is damaged");
  return Number(text);
}

function next(stored: Iterator<Buffer>): Buffer {
  const { value, done } = stored.next();
  if (done === true) throw damaged("the map of a sparse file is damaged");
  return value;
}
