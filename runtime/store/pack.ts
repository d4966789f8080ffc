import { decode } from "@msgpack/msgpack";
import { PhaseCacheError } from "../util/error.ts";
import { damaged } from "./problem.ts";

/** How deep maps and lists may lie in each other. */
const deepest = 32;

/** Longest text, in bytes. */
const longest = 64 * 1024 * 1024;

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
    return decode(bytes, { maxStrLength: longest, maxBinLength: longest, maxExtLength: 0 });
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
    const item = itemAt(bytes, at);
    at = item.end;
    if (at > bytes.length) throw new Error("it ends too early");
    if (item.children > bytes.length - at) throw new Error("it claims more items than it has bytes");
    if (item.children > 0 && open.push(item.children) > deepest) throw new Error("too deep");
  }
  if (at !== bytes.length) throw new Error("something follows its end");
}

/** Where the item at `at` ends, items in it left out, and how many of these there are. */
function itemAt(bytes: Buffer, at: number): { end: number; children: number } {
  const type = bytes[at];
  if (type === undefined) throw new Error("it ends too early");
  const start = at + 1;
  if (type <= 0x7f || type >= 0xe0) return { end: start, children: 0 };
  if (type <= 0x8f) return { end: start, children: 2 * (type & 15) };
  if (type <= 0x9f) return { end: start, children: type & 15 };
  if (type <= 0xbf) return { end: start + (type & 31), children: 0 };
  const size = fixed.get(type);
  if (size !== undefined) return { end: start + size, children: 0 };
  const width = counted.get(type);
  if (width === undefined) throw new Error(`type ${type} is not allowed`);
  const end = start + width;
  if (end > bytes.length) throw new Error("it ends too early");
  const count = bytes.readUIntBE(start, width);
  if (type < 0xdc) return { end: end + count, children: 0 };
  return { end, children: type < 0xde ? count : 2 * count };
}
