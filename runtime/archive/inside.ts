import { spawnSync } from "node:child_process";
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { isElf, packedSection, sectionsOf } from "./elf.ts";
import { isZlib, sealedFormat } from "./formats.ts";
import { unpackLz4 } from "./lz4.ts";
import { decompressAll } from "./zstd.ts";

/** A file, and what a compressed one holds, is looked into up to this many bytes. */
export const largest = 128 << 20;
/** An archive in an archive in an archive; what lies deeper is not looked into. */
const deepest = 4;
/** What starting a program costs, in bytes that could have been unpacked instead. */
const spawnCost = 1 << 20;
const mostMembers = 100_000;

/** Programs for what Node can't unpack, by absolute path; null where there is none. */
export interface Unpackers {
  xz: string | null;
  bzip2: string | null;
}

/** How many more bytes may be unpacked: archives that claim a lot must not cost a lot. */
export interface Budget {
  bytes: number;
}

interface Member {
  name: string;
  bytes: Buffer;
  /** It stands in the archive as it is, so that it has been searched with it. */
  plain?: true;
}

/**
 * Where in an archive or a compressed file a search finds something that the file itself does not show: the member's name,
 * or the format's. `unsearched` when there may be something and it can't be looked into; null when there is nothing.
 */
export function findInside(
  bytes: Buffer,
  finds: (bytes: Buffer) => boolean,
  tools: Unpackers,
  budget: Budget,
  name = "",
): { member: string } | "unsearched" | null {
  return search(bytes, { finds, tools, budget, name }, 0);
}

interface Task {
  finds: (bytes: Buffer) => boolean;
  tools: Unpackers;
  budget: Budget;
  /** The file's, where only that tells the format. */
  name: string;
}

function search(bytes: Buffer, task: Task, depth: number): { member: string } | "unsearched" | null {
  const members = membersOf(bytes, task);
  if (members === null) return null;
  if (depth === deepest) return "unsearched";
  let result: "unsearched" | null = null;
  try {
    let count = 0;
    for (const member of members) {
      if (++count > mostMembers) return "unsearched";
      if (member === "unsearched") result = member;
      else if (member.plain !== true && task.finds(member.bytes)) return { member: member.name };
      else {
        const inner = search(member.bytes, { ...task, name: member.name }, depth + 1);
        if (typeof inner === "object" && inner !== null) return inner;
        result ??= inner;
      }
    }
  } catch {
    // A file that only looks like an archive, or one that is cut off.
    return result;
  }
  return result;
}

/** What a file is made of; null for one that is neither compressed nor an archive. */
function membersOf(bytes: Buffer, task: Task): Iterable<Member | "unsearched"> | null {
  if (isElf(bytes)) return chain(sectionMembers(bytes, task), embedded(bytes, task));
  const format = sealedFormat(bytes.subarray(0, 33 << 10));
  if (format === "deb" || bytes.toString("latin1", 0, 8) === "!<arch>\n") return arMembers(bytes);
  if (format === "tar") return tarMembers(bytes);
  if (format === "png") return pngMembers(bytes, task.budget);
  if (format === "zip" || endOfZip(bytes) >= 0) return zipMembers(bytes, task.budget);
  const unpack = format === null ? undefined : packed[format];
  if (unpack !== undefined) return unpackOne(bytes, format!, unpack, task);
  if (format !== null && opaque.has(format)) return ["unsearched"];
  if (/\.br$/.test(task.name)) return unpackOne(bytes, "brotli", withNode(brotliDecompressSync), task);
  return embeddedAt(bytes, 0) === null && !hasEarlyZlib(bytes) ? null : embedded(bytes, task);
}

/** Where packed data may begin inside of something else: magics that are long enough not to be found everywhere. */
const streams = [
  { format: "gzip", magic: Buffer.from("\x1f\x8b\x08", "latin1") },
  { format: "xz", magic: Buffer.from("\xfd7zXZ\0", "latin1") },
  { format: "zstd", magic: Buffer.from("\x28\xb5\x2f\xfd", "latin1") },
  { format: "bzip2", magic: Buffer.from("1AY&SY", "latin1") },
];
/** Bytes from bzip2's beginning to the magic of its first block. */
const bzip2Head = 4;
/** More of them are not tried in one file. */
const mostStreams = 32;
/** Frameworks put a stream of zlib's behind a length or two. */
const zlibOffsets = [4, 8, 12, 16];

/** The first packed stream at or after an offset; null when there is none. */
function embeddedAt(bytes: Buffer, from: number): { format: string; at: number } | null {
  let first: { format: string; at: number } | null = null;
  for (const { format, magic } of streams) {
    const at = bytes.indexOf(magic, from);
    if (at >= 0 && (first === null || at < first.at)) first = { format, at };
  }
  return first;
}

function hasEarlyZlib(bytes: Buffer): boolean {
  return zlibOffsets.some((at) => isZlib(bytes.subarray(at, at + 16)));
}

/** Whether a file that is no archive may have packed data somewhere in it. */
export function mayEmbed(bytes: Buffer): boolean {
  return embeddedAt(bytes, 0) !== null || hasEarlyZlib(bytes);
}

/** What packed streams hold that stand somewhere in a file; those that are none cost little, and say nothing. */
function* embedded(bytes: Buffer, task: Task): Generator<Member | "unsearched"> {
  const places = zlibOffsets
    .filter((at) => isZlib(bytes.subarray(at, at + 16)))
    .map((at) => ({ format: "zlib", at }));
  for (let next = embeddedAt(bytes, 0); next !== null && places.length < mostStreams; ) {
    places.push(next);
    next = embeddedAt(bytes, next.at + 1);
  }
  for (const { format, at } of places) {
    const start = format === "bzip2" ? at - bzip2Head : at;
    if (start < 0) continue;
    try {
      for (const member of unpackOne(bytes.subarray(start), format, packed[format]!, task))
        if (member !== "unsearched") yield member;
    } catch {
      // Bytes that only look so.
    }
  }
}

function* chain<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}

/** The packed texts of a PNG file (PNG specification, 11.3.3). */
function* pngMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
  for (let at = 8; at + 12 <= bytes.length && budget.bytes > 0; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const contents = bytes.subarray(at + 8, at + 8 + size);
    at += 12 + size;
    if (type !== "zTXt" && type !== "iTXt" && type !== "iCCP") continue;
    // Behind a keyword, and for iTXt a language and a translation, there is the stream.
    const start = contents.findIndex((_, i) => isZlib(contents.subarray(i, i + 16)));
    if (start < 0) continue;
    try {
      const plain = inflateSync(contents.subarray(start), {
        maxOutputLength: Math.min(largest, budget.bytes),
      });
      budget.bytes -= plain.length;
      yield { name: "zlib", bytes: plain };
    } catch {
      yield "unsearched";
    }
  }
}

/** Formats that hide what they hold, and that nothing here unpacks. */
const opaque = new Set(
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

const withProgram =
  (program: keyof Unpackers): Unpack =>
  (bytes, limit, tools) => {
    const path = tools[program];
    if (path === null) return null;
    const { status, stdout } = spawnSync(path, ["-dc"], { input: bytes, maxBuffer: limit, env: {} });
    // Whatever came out is worth a search, be it cut off.
    return stdout !== null && (status === 0 || stdout.length > 0) ? stdout : null;
  };

const packed: Readonly<Record<string, Unpack>> = {
  gzip: withNode(gunzipSync),
  zlib: withNode(inflateSync),
  zstd: (bytes, limit) => decompressAll(bytes, limit),
  lz4: (bytes, limit) => unpackLz4(bytes, limit),
  xz: withProgram("xz"),
  lzma: withProgram("xz"),
  lzip: withProgram("xz"),
  bzip2: withProgram("bzip2"),
};
const needProgram = new Set(["xz", "lzma", "lzip", "bzip2"]);

function* unpackOne(
  bytes: Buffer,
  format: string,
  unpack: Unpack,
  { tools, budget }: Task,
): Generator<Member | "unsearched"> {
  const limit = Math.min(largest, budget.bytes);
  if (limit <= 0) {
    yield "unsearched";
    return;
  }
  if (needProgram.has(format)) budget.bytes -= spawnCost;
  let plain: Buffer | null;
  try {
    plain = unpack(bytes, limit, tools);
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

function isTooLarge(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") || error.message.includes("holds more than")
  );
}

function* sectionMembers(bytes: Buffer, { budget }: Task): Generator<Member | "unsearched"> {
  for (const section of sectionsOf(bytes).sections) {
    const found = packedSection(bytes, section);
    if (found === null) continue;
    const limit = Math.min(largest, budget.bytes);
    if (limit <= 0) {
      yield "unsearched";
      return;
    }
    try {
      const plain =
        found.format === "zlib"
          ? inflateSync(found.packed, { maxOutputLength: limit })
          : decompressAll(found.packed, limit);
      budget.bytes -= plain.length;
      yield { name: "a compressed section", bytes: plain };
    } catch (error) {
      if (isTooLarge(error)) yield "unsearched";
    }
  }
}

/** A member of an ar archive (ar(5)): its contents begin at `start`. */
export function* arRanges(bytes: Buffer): Generator<{ start: number; end: number }> {
  for (let at = 8; at + 60 <= bytes.length; ) {
    const size = Number(bytes.toString("latin1", at + 48, at + 58));
    if (!Number.isSafeInteger(size) || size < 0) return;
    yield { start: at + 60, end: Math.min(bytes.length, at + 60 + size) };
    at += 60 + size + (size % 2);
  }
}

function* arMembers(bytes: Buffer): Generator<Member> {
  for (const { start, end } of arRanges(bytes))
    yield { name: "ar", bytes: bytes.subarray(start, end), plain: true };
}

/** The members of a tar archive (POSIX pax). Their contents stand in it as they are: only packed ones are new. */
function* tarMembers(bytes: Buffer): Generator<Member> {
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 136).trim() || "0", 8);
    if (!Number.isSafeInteger(size) || size < 0) return;
    const name = bytes.toString("latin1", at, at + 100).replace(/\0.*/s, "");
    yield { name, bytes: bytes.subarray(at + 512, at + 512 + size), plain: true };
    at += 512 + 512 * Math.ceil(size / 512);
  }
}

/** Where a zip archive's end record is (PKWARE APPNOTE 4.3.16), also of one with something in front; negative without. */
export function endOfZip(bytes: Buffer): number {
  const comment = 0xffff;
  const from = Math.max(0, bytes.length - 22 - comment);
  const tail = bytes.subarray(from);
  const at = tail.lastIndexOf("PK\x05\x06", undefined, "latin1");
  return at < 0 || tail.length - at < 22 || at + 22 + tail.readUInt16LE(at + 20) > tail.length
    ? -1
    : from + at;
}

/**
 * The members of a zip file, by its central directory (PKWARE APPNOTE 4.3.12, 4.3.16; no zip64).
 * @throws when it is none
 */
function* zipMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
  const end = endOfZip(bytes);
  if (end < 0) return;
  const [size, offset] = [bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)];
  // What stands in front of the archive may be counted or not.
  const base = end - size - offset;
  let at = end - size;
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    if (bytes.toString("latin1", at, at + 4) !== "PK\x01\x02") return;
    const method = bytes.readUInt16LE(at + 10);
    const length = bytes.readUInt32LE(at + 20);
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength!);
    const local = base + bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    yield unpackMember(name, method, bytes.subarray(start, start + length), budget);
    at += 46 + nameLength! + extra! + comment!;
  }
}

function unpackMember(name: string, method: number, contents: Buffer, budget: Budget): Member | "unsearched" {
  if (method === 0) return { name, bytes: contents };
  const limit = Math.min(largest, budget.bytes);
  if (method !== 8 || limit <= 0) return "unsearched";
  try {
    const bytes = inflateRawSync(contents, { maxOutputLength: limit });
    budget.bytes -= bytes.length;
    return { name, bytes };
  } catch (error) {
    if (isTooLarge(error)) budget.bytes -= limit;
    return "unsearched";
  }
}
