import { inflateRawSync, inflateSync } from "node:zlib";
import { decompressAll } from "../../util/encoding/zstd.ts";
import { type Budget, isTooLarge, largest, type Member } from "./decoders.ts";
import { packedSection, sectionsOf } from "./elf.ts";
import { isZlib } from "./signatures.ts";

/** The chunks of a PNG file that may hold a packed text (PNG specification, 11.3.3), without their types. */
function* pngTexts(bytes: Buffer): Generator<Buffer> {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.readUInt32BE(at + 4);
    if (type === zTXt || type === iTXt || type === iCCP) yield bytes.subarray(at + 8, at + 8 + size);
    at += 12 + size;
  }
}

const [zTXt, iTXt, iCCP] = [0x7a545874, 0x69545874, 0x69434350];

/** Whether a PNG file has texts that may be packed. */
export function hasPngTexts(bytes: Buffer): boolean {
  return pngTexts(bytes).next().done !== true;
}

/** The packed texts of a PNG file. */
export function* pngMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
  for (const contents of pngTexts(bytes)) {
    if (budget.bytes <= 0) return;
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

/** The compressed sections of an ELF file. */
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

/** A member of an ar archive (ar(5)): its contents begin at `start`. */
export function* arRanges(bytes: Buffer): Generator<{ start: number; end: number }> {
  for (let at = 8; at + 60 <= bytes.length; ) {
    const size = Number(bytes.toString("latin1", at + 48, at + 58));
    if (!Number.isSafeInteger(size) || size < 0) return;
    yield { start: at + 60, end: Math.min(bytes.length, at + 60 + size) };
    at += 60 + size + (size % 2);
  }
}

/** The members of an ar archive. */
export function* arMembers(bytes: Buffer): Generator<Member> {
  for (const { start, end } of arRanges(bytes))
    yield { name: "ar", bytes: bytes.subarray(start, end), plain: true };
}

/** The members of a tar archive (POSIX pax). Their contents stand in it as they are: only packed ones are new. */
export function* tarMembers(bytes: Buffer): Generator<Member> {
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
export function* zipMembers(bytes: Buffer, budget: Budget): Generator<Member | "unsearched"> {
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
