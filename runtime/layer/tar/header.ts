import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";
import { refused } from "../index/paths.ts";

/** Size of a tar block. Every part of a tar stream is padded to a multiple of it. */
export const blockSize = 512;

export function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

/** The fields of a header that a layer uses (POSIX pax, "ustar Interchange Format"). */
export interface Header {
  /** At most 100 bytes. */
  name: ByteString;
  mode: number;
  size: number;
  /** Seconds since the epoch. */
  mtime: number;
  /** `0` file, `1` hard link, `2` symlink, `5` directory, `6` fifo, `x` extended header. */
  type: string;
  link: ByteString;
}

const checksumField = 148;

/** Returns the sum of a header's bytes, with the checksum field counted as spaces. */
function sum(block: Uint8Array): number {
  let total = 8 * 32;
  for (let i = 0; i < checksumField; i++) total += block[i]!;
  for (let i = checksumField + 8; i < blockSize; i++) total += block[i]!;
  return total;
}

/**
 * Parses octal digits, followed only by NULs and spaces; NaN otherwise. Without strings, since a restore parses several
 * for each file.
 */
function octal(block: Uint8Array, start: number, length: number): number {
  const end = start + length;
  let at = start;
  let value = 0;
  for (; at < end && (block[at]! & ~7) === 0x30; at++) value = 8 * value + (block[at]! & 7);
  if (at === start) return Number.NaN;
  for (; at < end; at++) if (block[at] !== 0 && block[at] !== 0x20) return Number.NaN;
  return value;
}

function text(block: Uint8Array, start: number, length: number): ByteString {
  const field = fromBytes(block.subarray(start, start + length));
  const end = field.indexOf("\0");
  return end < 0 ? field : field.slice(0, end);
}

/**
 * Whether a header's checksum is correct. `readHeader` does not check it, since headers are patched before they are
 * read.
 */
export function hasChecksum(block: Uint8Array): boolean {
  return octal(block, checksumField, 8) === sum(block);
}

export function writeChecksum(block: Uint8Array): void {
  block.set(toBytes(`${sum(block).toString(8).padStart(6, "0")}\0 `), checksumField);
}

/** @throws PhaseCacheError `refused` for formats other than ustar and for fields that layers do not use */
export function readHeader(block: Uint8Array): Header {
  const name = text(block, 0, 100);
  if (fromBytes(block.subarray(257, 265)) !== "ustar\x0000")
    throw refused(name, "its header is not in ustar format");
  if (block[345] !== 0) throw refused(name, "its header has a name prefix");
  const header = {
    name,
    mode: octal(block, 100, 8),
    size: octal(block, 124, 12),
    mtime: octal(block, 136, 12),
    type: String.fromCharCode(block[156]!),
    link: text(block, 157, 100),
  };
  if (Number.isNaN(header.mode + header.size + header.mtime))
    throw refused(name, "its header has an invalid number");
  return header;
}

export function formatHeader(header: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  putHeader(block, header);
  return block;
}

/** The fields that are equal in all headers: user 0, group 0, the format. */
const common = Buffer.alloc(blockSize);
common.write("0000000\x000000000", 108, "latin1");
common.write("ustar\x0000", 257, "latin1");

/** Writes a header into a block. Truncates names and targets that are too long. */
export function putHeader(block: Buffer, { name, mode, size, mtime, type, link }: Header): void {
  const number = (value: number, start: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, "0"), start, "latin1");
  block.set(common);
  block.write(name, 0, 100, "latin1");
  number(mode, 100, 8);
  number(size, 124, 12);
  number(mtime, 136, 12);
  block.write(type, 156, "latin1");
  if (link !== "") block.write(link, 157, 100, "latin1");
  writeChecksum(block);
}

/** Replaces the mode in a header. */
export function writeMode(block: Uint8Array, mode: number): void {
  block.set(toBytes(mode.toString(8).padStart(7, "0")), 100);
  writeChecksum(block);
}

/** Replaces the mtime in a header. @param seconds since the epoch */
export function writeSeconds(block: Uint8Array, seconds: number): void {
  block.set(toBytes(seconds.toString(8).padStart(11, "0")), 136);
  writeChecksum(block);
}
