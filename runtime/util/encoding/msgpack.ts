import { Decoder } from "@msgpack/msgpack";
import { damaged, PhaseCacheError } from "../error.ts";

/** Maximum nesting depth of maps and lists. */
const maxDepth = 32;

/** Maximum length of a text, in bytes. */
const maxLength = 64 * 1024 * 1024;

/** Shared, because listing snapshots decodes many records. */
const decoder = new Decoder({ maxStrLength: maxLength, maxBinLength: maxLength, maxExtLength: 0 });

/** Bytes of payload after the first byte, for the types of fixed size (MessagePack specification, "Formats"). */
const payloadSizes = new Map([
  ...[0xc0, 0xc2, 0xc3].map((type) => [type, 0] as const),
  ...[0xcc, 0xd0].map((type) => [type, 1] as const),
  ...[0xcd, 0xd1].map((type) => [type, 2] as const),
  ...[0xca, 0xce, 0xd2].map((type) => [type, 4] as const),
  ...[0xcb, 0xcf, 0xd3].map((type) => [type, 8] as const),
]);

/** Width of the length field that follows the first byte of binary data and texts, and of lists and maps, in bytes. */
const lengthWidths = new Map([
  ...[0xc4, 0xd9].map((type) => [type, 1] as const),
  ...[0xc5, 0xda, 0xdc, 0xde].map((type) => [type, 2] as const),
  ...[0xc6, 0xdb, 0xdd, 0xdf].map((type) => [type, 4] as const),
]);

/**
 * Decodes MessagePack from an untrusted writer. Checks its structure before memory is allocated for it, and refuses
 * extension types.
 * @param what names the data in error messages
 * @param maxItems maximum number of items in total, nested ones included
 * @throws PhaseCacheError `damaged`
 */
export function unpack(bytes: Uint8Array, what: string, maxItems: number): unknown {
  try {
    checkStructure(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), maxItems);
    return decoder.decode(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw error instanceof PhaseCacheError ? error : damaged(`${what} is damaged: ${reason}`, error);
  }
}

function checkStructure(bytes: Buffer, maxItems: number): void {
  /** For each map or list that is open: how many of its items are still to come. */
  const open = [1];
  let at = 0;
  let items = 0;
  while (open.length > 0) {
    if (open.at(-1) === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1]!--;
    if (++items > maxItems) throw new Error(`more than ${maxItems} items`);
    const children = childrenAt(bytes, at);
    at = endOf(bytes, at);
    if (at > bytes.length) throw new Error("it is truncated");
    if (children > bytes.length - at) throw new Error("it claims more items than it has bytes");
    if (children > 0 && open.push(children) > maxDepth) throw new Error("it is nested too deeply");
  }
  if (at !== bytes.length) throw new Error("data follows its end");
}

/** Returns the end of the item at `at`. For a map or list, that is where its first item starts. */
function endOf(bytes: Buffer, at: number): number {
  const type = bytes[at]!;
  const start = at + 1;
  if (type <= 0x9f || type >= 0xe0) return start;
  if (type <= 0xbf) return start + (type & 31);
  const size = payloadSizes.get(type);
  if (size !== undefined) return start + size;
  return start + widthAt(bytes, at) + (type < 0xdc ? countAt(bytes, at) : 0);
}

/** Returns the number of items directly in the map or list at `at`; 0 for other types. */
function childrenAt(bytes: Buffer, at: number): number {
  const type = bytes[at];
  if (type === undefined) throw new Error("it is truncated");
  if (type <= 0x7f || type >= 0xe0) return 0;
  if (type <= 0x8f) return 2 * (type & 15);
  if (type <= 0x9f) return type & 15;
  if (type < 0xdc) return 0;
  return type < 0xde ? countAt(bytes, at) : 2 * countAt(bytes, at);
}

function countAt(bytes: Buffer, at: number): number {
  const width = widthAt(bytes, at);
  if (at + 1 + width > bytes.length) throw new Error("it is truncated");
  return bytes.readUIntBE(at + 1, width);
}

function widthAt(bytes: Buffer, at: number): number {
  const width = lengthWidths.get(bytes[at]!);
  if (width === undefined) throw new Error(`type ${bytes[at]} is not allowed`);
  return width;
}
