import { spawnSync } from "node:child_process";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { decompressAll } from "./zstd.ts";

/** Compressed files are looked into as long as neither they nor their contents are larger than this. */
export const largest = 256 << 20;

/** What a compressed file holds; `name` is that of a file in it, else of its format. */
export interface Member {
  name: string;
  bytes: Buffer;
}

/** `xz` is the program's absolute path, or null. Throws on what only looks like the format. */
type Unpack = (bytes: Buffer, xz: string | null) => Member[];

/** How to unpack a file that begins with `head`, six bytes; null when it is not compressed. */
export function membersOf(head: Buffer): Unpack | null {
  return formats.find(({ magic }) => head.subarray(0, magic.length).equals(magic))?.members ?? null;
}

const formats: { magic: Buffer; members: Unpack }[] = [
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

/**
 * The members of a zip file, by its central directory (PKWARE APPNOTE 4.3.12, 4.3.16; no zip64).
 * @throws when it is none
 */
export function zipMembers(bytes: Buffer): Member[] {
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
