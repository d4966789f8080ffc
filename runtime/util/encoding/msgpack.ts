import { Decoder } from "@msgpack/msgpack";
import { damaged, PhaseCacheError } from "../error.ts";

/** How deep maps and lists may lie in each other. */
const deepest = 32;

/** Longest text, in bytes. */
const longest = 64 * 1024 * 1024;

/** One for all: a listing decodes many. */
const decoder = new Decoder({ maxStrLength: longest, maxBinLength: longest, maxExtLength: 0 });

/** Bytes of payload after the first byte, for the types of fixed size (MessagePack specification, "Formats"). */
const fixed = new Map([
  ...[0xc0, 0xc2, 0xc3].map((type) => [type, 0] as const),
  ...[0xcc, 0xd0].map((type) => [type, 1] as const),
  ...[0xcd, 0xd1].map((type) => [type, 2] as const),
  ...[0xca, 0xce, 0xd2].map((type) => [type, 4] as const),
  ...[0xcb, 0xcf, 0xd3].map((type) => [type, 8] as const),
]);

/** Bytes of the length that follows the first byte, for binary and text, and for lists and maps. */
const counted = new Map([
  ...[0xc4, 0xd9].map((type) => [type, 1] as const),
  ...[0xc5, 0xda, 0xdc, 0xde].map((type) => [type, 2] as const),
  ...[0xc6, 0xdb, 0xdd, 0xdf].map((type) => [type, 4] as const),
]);

/**
 * Decodes MessagePack that anybody may have written: its shape is checked before memory is taken for it. Extension
 * types are refused, so are more than `most` items in all.
 * @throws PhaseCacheError `damaged`
 */
export function unpack(bytes: Uint8Array, what: string, most: number): unknown {
  try {
    checkShape(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), most);
    return decoder.decode(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw error instanceof PhaseCacheError ? error : damaged(`${what} is damaged: ${reason}`, error);
  }
}

function checkShape(bytes: Buffer, most: number): void {
  /** How many items are still to come in each map or list that is open. */
  const open = [1];
  let at = 0;
  let items = 0;
  while (open.length > 0) {
    if (open.at(-1) === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1]!--;
    if (++items > most) throw new Error(`more than ${most} items`);
    const children = childrenAt(bytes, at);
    at = endOf(bytes, at);
    if (at > bytes.length) throw new Error("it ends too early");
    if (children > bytes.length - at) throw new Error("it claims more items than it has bytes");
    if (children > 0 && open.push(children) > deepest) throw new Error("too deep");
  }
  if (at !== bytes.length) throw new Error("something follows its end");
}

/** Where the item at `at` ends, items in it left out. */
function endOf(bytes: Buffer, at: number): number {
  const type = bytes[at]!;
  const start = at + 1;
  if (type <= 0x9f || type >= 0xe0) return start;
  if (type <= 0xbf) return start + (type & 31);
  const size = fixed.get(type);
  if (size !== undefined) return start + size;
  return start + widthAt(bytes, at) + (type < 0xdc ? countAt(bytes, at) : 0);
}

/** How many items lie in the one at `at`. */
function childrenAt(bytes: Buffer, at: number): number {
  const type = bytes[at];
  if (type === undefined) throw new Error("it ends too early");
  if (type <= 0x7f || type >= 0xe0) return 0;
  if (type <= 0x8f) return 2 * (type & 15);
  if (type <= 0x9f) return type & 15;
  if (type < 0xdc) return 0;
  return type < 0xde ? countAt(bytes, at) : 2 * countAt(bytes, at);
}

function countAt(bytes: Buffer, at: number): number {
  const width = widthAt(bytes, at);
  if (at + 1 + width > bytes.length) throw new Error("it ends too early");
  return bytes.readUIntBE(at + 1, width);
}

function widthAt(bytes: Buffer, at: number): number {
  const width = counted.get(bytes[at]!);
  if (width === undefined) throw new Error(`type ${bytes[at]} is not allowed`);
  return width;
}
