import { spawnSync } from "node:child_process";
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { decompressAll } from "../../util/encoding/zstd.ts";
import { unpackLz4 } from "./lz4.ts";

/** A file, and what a compressed one holds, is looked into up to this many bytes. */
export const largest = 128 << 20;
/** What starting a program costs, in bytes that could have been unpacked instead. */
const spawnCost = 1 << 20;

/** Programs for what Node can't unpack, by absolute path; null where there is none. */
export interface Unpackers {
  xz: string | null;
  bzip2: string | null;
}

/** How many more bytes may be unpacked: archives that claim a lot must not cost a lot. */
export interface Budget {
  bytes: number;
}

/** What an archive or a packed file holds. */
export interface Member {
  name: string;
  bytes: Buffer;
  /** It stands in the archive as it is, so that it has been searched with it. */
  plain?: true;
}

/** What a look into packed data may use. */
export interface Limits {
  tools: Unpackers;
  budget: Budget;
}

/** Formats that hide what they hold, and that nothing here unpacks. */
export const opaque = new Set(
  "lzop snappy compress lzfse lrzip 7z rar cab xar rpm lha wim chm squashfs cramfs erofs UBI JFFS2 pack200".split(
    " ",
  ),
);

/** Unpacks at most `limit` bytes; null where there is no program for it. Throws on what only looks like the format. */
type Unpack = (bytes: Buffer, limit: number, tools: Unpackers) => Buffer | null;

const withNode =
  (inflate: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer): Unpack =>
  (bytes, limit) =>
    inflate(bytes, { maxOutputLength: limit });

/** All members of a gzip file; the first one alone where something else follows, which zlib does not take. */
const gunzip: Unpack = (bytes, limit) => {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (isTooLarge(error)) throw error;
    return inflateRawSync(bytes.subarray(gzipHeader(bytes)), { maxOutputLength: limit });
  }
};

/** The length of a gzip member's header (RFC 1952, 2.3). */
function gzipHeader(bytes: Buffer): number {
  const flags = bytes.readUInt8(3);
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  // A name, and a comment, each with a NUL behind it.
  for (const flag of [8, 16]) if (flags & flag) at = bytes.indexOf(0, at) + 1 || bytes.length;
  return flags & 2 ? at + 2 : at;
}

const withProgram =
  (program: keyof Unpackers): Unpack =>
  (bytes, limit, tools) => {
    const path = tools[program];
    if (path === null) return null;
    const { status, stdout } = spawnSync(path, ["-dc"], { input: bytes, maxBuffer: limit, env: {} });
    // Whatever came out is worth a search, be it cut off.
    return stdout !== null && (status === 0 || stdout.length > 0) ? stdout : null;
  };

/** How to unpack a format, by its kind (see formats.ts). */
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

/** The contents of a packed file. Throws on what only looks like the format. */
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
  }
}

/** Whether something was not unpacked because it holds too much. */
export function isTooLarge(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") || error.message.includes("holds more than")
  );
}
