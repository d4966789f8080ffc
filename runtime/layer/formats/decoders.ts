import { spawnSync } from "node:child_process";
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { decompressAll, TooLargeError } from "../../util/encoding/zstd.ts";
import { systemCode } from "../../util/error.ts";
import { unpackLz4 } from "./lz4.ts";

/** Files larger than this are not unpacked, nor are their contents beyond this size; in bytes. */
export const largest = 128 << 20;
/** The cost of starting a program, as a number of bytes that could have been unpacked in the same time. */
const spawnCost = 1 << 20;

/** Absolute paths of programs for formats that Node can't unpack; null if not available. */
export interface Unpackers {
  xz: string | null;
  bzip2: string | null;
}

/** Bytes that may still be unpacked: bounds the cost of archives with huge contents. */
export interface Budget {
  bytes: number;
}

/** A member of an archive, or the contents of a compressed file. */
export interface Member {
  name: string;
  bytes: Buffer;
  /** Set if the archive stores the member uncompressed: then searching the archive has searched the member, too. */
  plain?: true;
}

/** The programs and the budget for unpacking. */
export interface Limits {
  tools: Unpackers;
  budget: Budget;
}

/** Compressed formats without a decoder here. */
export const opaque = new Set([
  ...["lzop", "snappy", "compress", "lzfse", "lrzip", "7z", "rar", "cab", "xar", "rpm", "lha", "wim", "chm"],
  ...["squashfs", "cramfs", "erofs", "UBI", "JFFS2", "pack200"],
]);

/** Unpacks at most `limit` bytes; null if the program is not available. Throws if the data is not in the format. */
type Unpack = (bytes: Buffer, limit: number, tools: Unpackers) => Buffer | null;

const withNode =
  (inflate: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer): Unpack =>
  (bytes, limit) =>
    inflate(bytes, { maxOutputLength: limit });

/** Unpacks all members of a gzip file; only the first if other data follows, which zlib rejects. */
const gunzip: Unpack = (bytes, limit) => {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (isTooLarge(error)) throw error;
    return inflateRawSync(bytes.subarray(gzipHeader(bytes)), { maxOutputLength: limit });
  }
};

/** Returns the length of a gzip member's header (RFC 1952, 2.3). */
function gzipHeader(bytes: Buffer): number {
  const flags = bytes.readUInt8(3);
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  // A name and a comment, each terminated by a NUL.
  for (const flag of [8, 16]) if (flags & flag) at = bytes.indexOf(0, at) + 1 || bytes.length;
  return flags & 2 ? at + 2 : at;
}

const withProgram =
  (program: keyof Unpackers): Unpack =>
  (bytes, limit, tools) => {
    const path = tools[program];
    if (path === null) return null;
    const { status, stdout } = spawnSync(path, ["-dc"], { input: bytes, maxBuffer: limit, env: {} });
    // Incomplete output is searched as well.
    return stdout !== null && (status === 0 || stdout.length > 0) ? stdout : null;
  };

/** Decoders by the kind of format (see signatures.ts); brotli has no signature. */
export const decoders: Readonly<Record<string, Unpack>> = {
  gzip: gunzip,
  zlib: withNode(inflateSync),
  zstd: (bytes, limit) => decompressAll(bytes, limit),
  lz4: (bytes, limit) => unpackLz4(bytes, limit),
  xz: withProgram("xz"),
  lzma: withProgram("xz"),
  lzip: withProgram("xz"),
  bzip2: withProgram("bzip2"),
  brotli: withNode(brotliDecompressSync),
};
const needProgram = new Set(["xz", "lzma", "lzip", "bzip2"]);

/** Unpacks a compressed file. Throws if the data is not in the format. */
export function* unpackOne(
  bytes: Buffer,
  format: string,
  { tools, budget }: Limits,
): Generator<Member | "unsearched"> {
  const limit = Math.min(largest, budget.bytes);
  if (limit <= 0) {
    yield "unsearched";
    return;
  }
  if (needProgram.has(format)) budget.bytes -= spawnCost;
  let plain: Buffer | null;
  try {
    plain = decoders[format]!(bytes, limit, tools);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    budget.bytes -= limit;
    yield "unsearched";
    return;
  }
  if (plain === null) yield "unsearched";
  else {
    budget.bytes -= plain.length;
    yield { name: format, bytes: plain };
    // Programs, and the decoder of lz4, stop at the limit without an error.
    if (plain.length >= limit) yield "unsearched";
  }
}

/** Whether unpacking failed because of the size limit. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof TooLargeError || systemCode(error) === "ERR_BUFFER_TOO_LARGE";
}
