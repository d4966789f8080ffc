import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { damaged, type PhaseCacheError } from "../../util/error.ts";

/** Maximum number of integers in a column: more would take too much memory. */
export const maxNumbers = 2_000_000;

/** Encodes integers from 0 to 2^53-1 as LEB128: base 128, least significant digit first, top bit set if more follow. */
export function packNumbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  let at = 0;
  for (let value of values) {
    for (; value >= 128; value = Math.floor(value / 128)) bytes[at++] = (value % 128) | 128;
    bytes[at++] = value;
  }
  return bytes.slice(0, at);
}

/**
 * The inverse of `packNumbers`.
 * @throws PhaseCacheError `damaged` unless `bytes` hold exactly `count` integers
 */
export function unpackNumbers(bytes: Uint8Array, count: number): number[] {
  // Each integer takes at least one byte: a false count allocates no memory.
  if (count > bytes.length || count > maxNumbers) throw damagedIndex("a count is invalid");
  const values = new Array<number>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw damagedIndex("a column is too short");
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
    }
    if (!Number.isSafeInteger(value)) throw damagedIndex("a number is too large");
    values[i] = value;
  }
  if (at !== bytes.length) throw damagedIndex("a column is too long");
  return values;
}

/** Encodes a signed integer as an unsigned one: 0, -1, 1, -2, … become 0, 1, 2, 3, … */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** The inverse of `zigzag`. */
export function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

/** Joins texts with NULs. None may be empty or contain a NUL. */
export function packTexts(texts: readonly ByteString[]): Uint8Array {
  return toBytes(texts.join("\0"));
}

/**
 * The inverse of `packTexts`.
 * @throws PhaseCacheError `damaged` unless `bytes` hold exactly `count` texts
 */
export function unpackTexts(bytes: Uint8Array, count: number): ByteString[] {
  const texts = bytes.length === 0 ? [] : fromBytes(bytes).split("\0");
  if (texts.length !== count) throw damagedIndex("a column has the wrong number of texts");
  return texts;
}

/**
 * Joins columns: the length of a header (32 bits, little-endian), the header with `numbers` and the length of each
 * column, then the columns.
 */
export function joinColumns(numbers: readonly number[], columns: readonly Uint8Array[]): Uint8Array {
  const header = packNumbers([...numbers, ...columns.map(({ length }) => length)]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, ...columns]);
}

/**
 * The inverse of `joinColumns`.
 * @throws PhaseCacheError `damaged` unless `bytes` hold exactly these counts of numbers and columns
 */
export function splitColumns(bytes: Buffer, numberCount: number, columnCount: number) {
  if (bytes.length < 4) throw damagedIndex("it is too short");
  let at = 4 + bytes.readUInt32LE(0);
  const header = unpackNumbers(bytes.subarray(4, at), numberCount + columnCount);
  const columns = header.slice(numberCount).map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  if (at !== bytes.length) throw damagedIndex("the lengths of its columns do not add up");
  return { numbers: header.slice(0, numberCount), columns };
}

export function damagedIndex(reason: string): PhaseCacheError {
  return damaged(`the index of a layer is damaged: ${reason}`);
}
