import { arRanges, endOfZip } from "../formats/archives.ts";
import { isElf, sectionsOf } from "../formats/elf.ts";
import { headLength, notRelocatableFormat, patchableFormat } from "../formats/signatures.ts";
import type { FileClass } from "../index/file-class.ts";
import { elfWithBuildId } from "../index/file-class.ts";

/** A file's class without its path. */
export type Class = Pick<FileClass, "verdict" | "kind">;

const patched = (kind: string): Class => ({ verdict: "patched", kind });
const notRelocatable = (kind: string): Class => ({ verdict: "not-relocatable", kind });
const unknown: Class = { verdict: "unknown", kind: "binary" };

/** The type and the name of the note with a build id (binutils, `NT_GNU_BUILD_ID`). */
const buildIdNote = Buffer.from("\x03\0\0\0GNU\0", "latin1");

/** Maximum number of members with hits that are classified in an archive. */
const maxMembers = 200_000;

/**
 * Classifies a file that holds hashes, by its bytes.
 * @param hits offsets in the file where relocation would replace something, ascending
 */
export function classify(bytes: Buffer, hits: readonly number[], depth = 0): Class {
  if (isText(bytes)) return patched("text");
  if (
    bytes.toString("latin1", 0, 8) === "!<arch>\n" &&
    !bytes.toString("latin1", 8, 24).startsWith("debian-binary")
  )
    return classifyArchive(bytes, hits, depth);
  const format = notRelocatableFormat(bytes.subarray(0, headLength));
  if (format !== null) return notRelocatable(format);
  if (endOfZip(bytes) >= 0) return notRelocatable("zip");
  const endFormat = formatByEnd(bytes);
  if (endFormat !== null) return notRelocatable(endFormat);
  if (isElf(bytes)) return classifyElf(bytes, hits, depth);
  return classifyMore(bytes, hits);
}

/** Whether a file counts as text for patching: it has no NUL, and does not begin like a compressed format. */
export function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  const head = bytes.subarray(0, 16);
  return (
    !head.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) ||
    notRelocatableFormat(bytes) === null
  );
}

/**
 * Whether the lines of a text are sorted by hashes: they are in order, and some two adjacent lines first differ
 * within a hash in both.
 */
export function isSortedByHashes(bytes: Buffer, hits: readonly number[], length: number): boolean {
  const inHash = (at: number) => hits.some((hit) => hit <= at && at < hit + length);
  const lines: { start: number; text: Buffer }[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    const text = bytes.subarray(start, end < 0 ? bytes.length : end);
    lines.push({ start, text });
    start += text.length + 1;
  }
  let decided = 0;
  for (const [i, { start, text }] of lines.entries()) {
    const before = lines[i - 1];
    if (before === undefined) continue;
    if (before.text.compare(text) > 0) return false;
    let same = 0;
    while (same < text.length && text[same] === before.text[same]) same++;
    if (inHash(start + same) && inHash(before.start + same)) decided++;
  }
  return decided > 0;
}

/** Returns the format of a file that is recognised by its end. */
function formatByEnd(bytes: Buffer): string | null {
  const end = bytes.toString("latin1", Math.max(0, bytes.length - 512));
  if (end.endsWith("~Module signature appended~\n")) return "signed module";
  if (end.endsWith("GBMB")) return "phar";
  if (/Caml1999X0\d\d$/.test(end)) return null;
  if (end.endsWith("PAR1")) return "Parquet";
  if (end.endsWith("\x57\xfb\x80\x8b\x24\x75\x47\xdb")) return "LevelDB";
  if (end.startsWith("koly") && bytes.length > 512) return "disk image";
  return isCdb(bytes) ? "cdb" : null;
}

/** Whether a file is a constant database (D. J. Bernstein): 256 tables by offset and size, contiguous up to the end. */
function isCdb(bytes: Buffer): boolean {
  if (bytes.length < 2048) return false;
  let at = bytes.readUInt32LE(0);
  for (let i = 0; i < 256; i++) {
    const [place, slots] = [bytes.readUInt32LE(8 * i), bytes.readUInt32LE(8 * i + 4)];
    if (place !== at && slots > 0) return false;
    at += 8 * slots;
  }
  return at === bytes.length && bytes.readUInt32LE(0) >= 2048;
}

function classifyElf(bytes: Buffer, hits: readonly number[], depth: number): Class {
  const { end } = sectionsOf(bytes);
  const elf = patched(bytes.includes(buildIdNote) ? elfWithBuildId : "ELF");
  const last = hits.at(-1) ?? 0;
  if (end === 0 || last < end || end >= bytes.length || depth > 0) return elf;
  // Appended data names an output: an image, bytecode, or a script.
  const inner = classify(
    bytes.subarray(end),
    hits.filter((hit) => hit >= end).map((hit) => hit - end),
    depth + 1,
  );
  return inner.verdict === "patched" ? elf : inner;
}

/** Classifies an ar archive by the worst of its members with hits. */
function classifyArchive(bytes: Buffer, hits: readonly number[], depth: number): Class {
  let [next, count] = [0, 0];
  let worst = patched("ar");
  for (const { start, end } of arRanges(bytes)) {
    while (next < hits.length && hits[next]! < start) next++;
    const own: number[] = [];
    for (; next < hits.length && hits[next]! < end; next++) own.push(hits[next]! - start);
    if (own.length === 0) continue;
    if (depth > 2 || ++count > maxMembers) return unknown;
    const member = classify(bytes.subarray(start, end), own, depth + 1);
    if (member.verdict === "not-relocatable") return member;
    if (member.verdict === "unknown") worst = member;
  }
  return worst;
}

function classifyMore(bytes: Buffer, hits: readonly number[]): Class {
  const head = bytes.length < 8 ? Buffer.concat([bytes, Buffer.alloc(8)]) : bytes;
  if (head.readUInt32BE(0) === 0xcafebabe && head.readUInt16BE(6) >= 45) return patched("Java class");
  if (isPyc(head)) return isHashBased(head) ? notRelocatable("pyc with a hash") : patched("pyc");
  const catalogue = classifyCatalogue(bytes, hits);
  if (catalogue !== null) return catalogue;
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5 && bytes.at(-1) === 0x2e) return patched("pickle");
  if (/Caml1999X0\d\d$/.test(bytes.toString("latin1", Math.max(0, bytes.length - 16))))
    return patched("OCaml bytecode");
  if (head[0] === 0x4d && head[1] === 0x5a) return classifyPe(bytes);
  const format = patchableFormat(bytes);
  return format === null ? unknown : patched(format);
}

/** Whether a file is Python's bytecode: a number that depends on the version, a carriage return and a line feed. */
export function isPyc(head: Buffer): boolean {
  return head.length >= 8 && head[2] === 0x0d && head[3] === 0x0a;
}

/** Whether a .pyc file is validated by its source's hash (PEP 552): possible since Python 3.7, whose number is 3390. */
export function isHashBased(head: Buffer): boolean {
  const version = head.readUInt16LE(0);
  return version >= 3390 && version < 20_000 && head.readUInt32LE(4) !== 0;
}

/**
 * Classifies a gettext catalogue (its manual, "The Format of GNU MO Files"): its original strings are sorted and
 * hashed, so that a hit in one of them can't be replaced. Returns null for other files.
 */
function classifyCatalogue(bytes: Buffer, hits: readonly number[]): Class | null {
  if (bytes.length < 28) return null;
  const little = bytes.readUInt32LE(0) === 0x950412de;
  if (!little && bytes.readUInt32BE(0) !== 0x950412de) return null;
  const word = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  try {
    const [count, table] = [word(8), word(12)];
    for (let i = 0; i < Math.min(count, 1_000_000); i++) {
      const [length, start] = [word(table + 8 * i), word(table + 8 * i + 4)];
      if (hits.some((hit) => hit >= start && hit < start + length))
        return notRelocatable("message catalogue");
    }
  } catch {
    return unknown;
  }
  return patched("message catalogue");
}

/** Classifies a PE file (Microsoft's "PE Format"): with a checksum or a signature it is not relocatable. */
function classifyPe(bytes: Buffer): Class {
  try {
    const start = bytes.readUInt32LE(0x3c);
    if (bytes.toString("latin1", start, start + 4) !== "PE\0\0") return unknown;
    const optional = start + 24;
    const directories = optional + (bytes.readUInt16LE(optional) === 0x20b ? 112 : 96);
    const [checksum, signature] = [
      bytes.readUInt32LE(optional + 64),
      bytes.readUInt32LE(directories + 8 * 4 + 4),
    ];
    return checksum !== 0 || signature !== 0 ? notRelocatable("PE with a checksum") : patched("PE");
  } catch {
    return unknown;
  }
}
