import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type ByteString, fromBytes } from "../util/bytes.ts";
import { shiftTime, type TimeShift } from "../util/time-shift.ts";

/** What the system says of a file of the work tree, by its path there; null when it is not there. */
export type StatOf = (path: ByteString) => BigIntStats | null;

/** Digests that repositories use: an index has one of each entry's contents, and ends with one of itself. */
const digests = [
  { algorithm: "sha1", length: 20 },
  { algorithm: "sha256", length: 32 },
] as const;

/** Where an entry has its numbers, each of 32 bits, big-endian. */
const field = { ctime: 0, ctimeNs: 4, mtime: 8, mtimeNs: 12, dev: 16, ino: 20, uid: 28, gid: 32, size: 36 };
const statLength = 40;
const extended = 0x4000;
const second = 1_000_000_000n;

/**
 * git takes a file for changed when its ctime, inode, device, user or group is another than its index says. Writes the
 * present ones into the entries of files whose mtime and size are those of the index, which a restore keeps; nothing
 * else of the index changes. (git's manual, gitformat-index: versions 2 to 4.)
 * @param bytes the index, changed in place
 * @param shift what a restore has done to the times of files
 * @returns how many entries changed; null when it is no index that is known
 */
export function refreshGitIndex(
  bytes: Buffer,
  statOf: StatOf,
  shift: TimeShift | null = null,
): number | null {
  const version = bytes.length < 12 || bytes.toString("latin1", 0, 4) !== "DIRC" ? 0 : bytes.readUInt32BE(4);
  const digest = version >= 2 && version <= 4 ? digestOf(bytes) : undefined;
  if (digest === undefined) return null;
  let changed = 0;
  for (const { at, path } of entriesIn(bytes, version, digest.length)) {
    const status = statOf(path);
    if (status !== null && refreshEntry(bytes, at, status, shift)) changed++;
  }
  if (changed > 0 && !digest.skipped) hashOf(bytes, digest).copy(bytes, bytes.length - digest.length);
  return changed;
}

type Digest = (typeof digests)[number];

function hashOf(bytes: Buffer, { algorithm, length }: Digest): Buffer {
  return createHash(algorithm).update(bytes.subarray(0, -length)).digest();
}

/** The digest that an index ends with; zeros stand for none (`index.skipHash`). */
function digestOf(bytes: Buffer): (Digest & { skipped: boolean }) | undefined {
  for (const digest of digests) {
    if (bytes.length < 12 + digest.length) continue;
    if (hashOf(bytes, digest).equals(bytes.subarray(-digest.length))) return { ...digest, skipped: false };
  }
  // Its entries then are as long as most repositories have them, or turn out not to be where they are looked for.
  return bytes.subarray(-20).every((byte) => byte === 0) ? { ...digests[0], skipped: true } : undefined;
}

/** Where the entries begin, and their paths. What is cut short or out of order ends it. */
function* entriesIn(bytes: Buffer, version: number, digestLength: number) {
  const count = bytes.readUInt32BE(8);
  let path = "";
  for (let i = 0, at = 12; i < count; i++) {
    let name = at + statLength + digestLength + 2;
    if (name >= bytes.length) return;
    if ((bytes.readUInt16BE(name - 2) & extended) !== 0) name += 2;
    let prefix = "";
    if (version === 4) {
      const { value, end } = readOffset(bytes, name);
      prefix = path.slice(0, Math.max(0, path.length - value));
      name = end;
    }
    const nul = bytes.indexOf(0, name);
    if (nul < 0) return;
    const next = prefix + fromBytes(bytes.subarray(name, nul));
    if (next < path || next === "") return;
    path = next;
    yield { at, path };
    // Versions 2 and 3 pad with 1 to 8 NULs.
    at = version === 4 ? nul + 1 : at + Math.ceil((nul + 1 - at) / 8) * 8;
  }
}

/** A number as packs have the offsets of deltas (gitformat-pack, "offset encoding"). */
function readOffset(bytes: Buffer, start: number): { value: number; end: number } {
  let at = start;
  let byte = bytes[at++] ?? 0;
  let value = byte & 127;
  while ((byte & 128) !== 0 && at < bytes.length) {
    byte = bytes[at++]!;
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, end: at };
}

function refreshEntry(bytes: Buffer, at: number, status: BigIntStats, shift: TimeShift | null): boolean {
  const read = (offset: number) => BigInt(bytes.readUInt32BE(at + offset));
  const low = (value: bigint) => value & 0xffffffffn;
  const { mtimeNs, ctimeNs, size } = status;
  if (!isOfTime(read(field.mtime), read(field.mtimeNs), mtimeNs, shift)) return false;
  if (read(field.size) !== low(size)) return false;
  // Some programs leave fields 0, and so they stay.
  const present = [
    [field.mtime, mtimeNs / second],
    [field.mtimeNs, mtimeNs % second],
    [field.ctime, ctimeNs / second],
    [field.ctimeNs, ctimeNs % second],
    [field.dev, status.dev],
    [field.ino, status.ino],
    [field.uid, status.uid],
    [field.gid, status.gid],
  ] as const;
  let changed = false;
  for (const [offset, value] of present) {
    if (read(offset) === 0n || read(offset) === low(value)) continue;
    bytes.writeUInt32BE(Number(low(value)), at + offset);
    changed = true;
  }
  return changed;
}

/** Whether an entry has the time that a file has now, or had before that was shifted, which keeps no nanoseconds. */
function isOfTime(seconds: bigint, nanoseconds: bigint, mtimeNs: bigint, shift: TimeShift | null): boolean {
  const recorded = seconds * second + nanoseconds;
  const expected = shift === null ? recorded : shiftTime(shift, recorded);
  if (expected / second !== mtimeNs / second) return false;
  return expected !== recorded || nanoseconds === 0n || nanoseconds === mtimeNs % second;
}
