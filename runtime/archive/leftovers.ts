import { spawnSync } from "node:child_process";
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { type ByteString, fromText } from "../util/bytes.ts";
import { decompressAll } from "./zstd.ts";

/** A file that still names an output of an older build; `member` when it does so inside an archive. */
export interface Leftover {
  file: string;
  member?: string;
}

/** Compressed files are looked into as long as their contents are no larger than this. */
const largest = 256 << 20;

/**
 * Searches everything below `roots` (file contents, symlink targets, and the contents of gzip, xz, zstd and zip files)
 * for any of `needles`. Files that can't be read or unpacked are searched as they are, as far as that goes.
 * @param xz the program's absolute path; without one xz files are searched as they are
 */
export function findLeftovers(
  roots: readonly string[],
  needles: readonly ByteString[],
  xz: string | null,
): Leftover[] {
  const found: Leftover[] = [];
  const wanted = needles.map((needle) => Buffer.from(needle, "latin1"));
  const visit = (path: string) => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else if (status?.isSymbolicLink()) {
      if (has(Buffer.from(fromText(readlinkSync(path)), "latin1"), wanted)) found.push({ file: path });
    } else if (status?.isFile()) {
      const leftover = searchFile(path, status.size, wanted, xz);
      if (leftover !== null) found.push(leftover);
    }
  };
  for (const root of roots) visit(root);
  return found;
}

function has(bytes: Buffer, needles: readonly Buffer[]): boolean {
  return needles.some((needle) => bytes.includes(needle));
}

function searchFile(
  file: string,
  size: number,
  needles: readonly Buffer[],
  xz: string | null,
): Leftover | null {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return null;
  }
  try {
    const head = Buffer.alloc(6);
    readSync(fd, head, 0, 6, 0);
    if (searchPlain(fd, needles)) return { file };
    const unpack =
      size <= largest ? unpackers.find(({ magic }) => head.subarray(0, magic.length).equals(magic)) : null;
    const hit = unpack?.members(readFileSync(file), xz).find(({ bytes }) => has(bytes, needles));
    return hit === undefined ? null : { file, member: hit.name };
  } catch {
    // A file that only looks like an archive.
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Searches an open file from its start, piece by piece; the pieces overlap by a needle's length. */
function searchPlain(fd: number, needles: readonly Buffer[]): boolean {
  const overlap = Math.max(...needles.map(({ length }) => length));
  const piece = Buffer.allocUnsafe(4 << 20);
  let kept = 0;
  for (let at = 0; ; ) {
    const read = readSync(fd, piece, kept, piece.length - kept, at);
    if (read === 0) return false;
    at += read;
    const end = kept + read;
    if (has(piece.subarray(0, end), needles)) return true;
    kept = Math.min(overlap, end);
    piece.copyWithin(0, end - kept, end);
  }
}

interface Member {
  name: string;
  bytes: Buffer;
}

const unpackers: { magic: Buffer; members: (bytes: Buffer, xz: string | null) => Member[] }[] = [
  {
    magic: Buffer.from([0x1f, 0x8b]),
    members: (bytes) => [{ name: "gzip", bytes: gunzipSync(bytes, { maxOutputLength: largest }) }],
  },
  {
    magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    members: (bytes, xz) => {
      if (xz === null) return [];
      const result = spawnSync(xz, ["-dc"], { input: bytes, maxBuffer: largest, env: {} });
      return result.status === 0 ? [{ name: "xz", bytes: result.stdout }] : [];
    },
  },
  {
    magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
    members: (bytes) => [{ name: "zstd", bytes: decompressAll(bytes, largest) }],
  },
  { magic: Buffer.from("PK\x03\x04", "latin1"), members: zipMembers },
];

/** The members of a zip file, by its central directory (PKWARE APPNOTE 4.3.12, 4.3.16; no zip64). */
function zipMembers(bytes: Buffer): Member[] {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) return [];
  const members: Member[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const method = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 20);
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength!);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + size);
    if (method === 0) members.push({ name, bytes: packed });
    if (method === 8) members.push({ name, bytes: inflateRawSync(packed, { maxOutputLength: largest }) });
    at += 46 + nameLength! + extra! + comment!;
  }
  return members;
}
