import { inflateRawSync, inflateSync } from "node:zlib";
import { decompressAll } from "../../util/encoding/zstd.ts";
import { type Budget, isTooLarge, largest, type Member } from "./decoders.ts";
import { packedSection, sectionsOf } from "./elf.ts";
import { isZlib } from "./signatures.ts";

/** Yields the data of a PNG file's chunks that may hold compressed text (PNG specification, 11.3.3). */
function* pngTexts(bytes: Buffer): Generator<Buffer> {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.readUInt32BE(at + 4);
    if (type === zTXt || type === iTXt || type === iCCP) yield bytes.subarray(at + 8, at + 8 + size);
    at += 12 + size;
  }
}

const [zTXt, iTXt, iCCP] = [0x7a545874, 0x69545874, 0x69434350];

/** Whether a PNG file has texts that may be compressed. */
export function hasPngTexts(bytes: Buffer): boolean {
  return pngTexts(bytes).next().done !== true;
}

/** Unpacks the compressed texts of a PNG file. */
export function* pngMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
  for (const contents of pngTexts(bytes)) {
    if (budget.bytes <= 0) return;
    // The stream follows a keyword and, in iTXt, a language and a translation.
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

/** Unpacks the compressed sections of an ELF file. */
export function* sectionMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
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

/** Yields where the contents of each member of an ar archive lie (ar(5)). */
export function* arRanges(bytes: Buffer): Generator<{ start: number; end: number }> {
  for (let at = 8; at + 60 <= bytes.length; ) {
    const size = Number(bytes.toString("latin1", at + 48, at + 58));
    if (!Number.isSafeInteger(size) || size < 0) return;
    yield { start: at + 60, end: Math.min(bytes.length, at + 60 + size) };
    at += 60 + size + (size % 2);
  }
}

/** Yields the members of an ar archive. */
export function* arMembers(bytes: Buffer): Generator<Member> {
  for (const { start, end } of arRanges(bytes))
    yield { name: "ar", bytes: bytes.subarray(start, end), plain: true };
}

/** Yields the members of a tar archive (POSIX pax). */
export function* tarMembers(bytes: Buffer): Generator<Member> {
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 136).trim() || "0", 8);
    if (!Number.isSafeInteger(size) || size < 0) return;
    const name = bytes.toString("latin1", at, at + 100).replace(/\0.*/s, "");
    yield { name, bytes: bytes.subarray(at + 512, at + 512 + size), plain: true };
    at += 512 + 512 * Math.ceil(size / 512);
  }
}

/**
 * Returns the offset of a zip archive's end record (PKWARE APPNOTE 4.3.16), or a negative number if there is none.
 * Other data may precede the archive.
 */
export function endOfZip(bytes: Buffer): number {
  const comment = 0xffff;
  const from = Math.max(0, bytes.length - 22 - comment);
  const end = bytes.subarray(from);
  const at = end.lastIndexOf("PK\x05\x06", undefined, "latin1");
  return at < 0 || end.length - at < 22 || at + 22 + end.readUInt16LE(at + 20) > end.length ? -1 : from + at;
}

/**
 * Unpacks the members of a zip file, by its central directory (PKWARE APPNOTE 4.3.12, 4.3.16; no zip64).
 * @throws RangeError when the file is damaged
 */
export function* zipMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
  const end = endOfZip(bytes);
  if (end < 0) return;
  const [size, offset] = [bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)];
  // Offsets may or may not count the data in front of the archive.
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
