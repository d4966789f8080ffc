import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type ByteString, fromBytes } from "../util/bytes.ts";
import { shiftTime, type TimeShift } from "../util/time-shift.ts";

/** Returns the status of a file in the work tree, by its path; null if it does not exist. */
export type StatOf = (path: ByteString) => BigIntStats | null;

/** The digests that repositories use: an index has one for each entry's contents, and ends with its own. */
const digests = [
  { algorithm: "sha1", length: 20 },
  { algorithm: "sha256", length: 32 },
] as const;

/** Offsets of the numbers in an entry, each 32 bits, big-endian. */
const field = { ctime: 0, ctimeNs: 4, mtime: 8, mtimeNs: 12, dev: 16, ino: 20, uid: 28, gid: 32, size: 36 };
const statLength = 40;
const extended = 0x4000;
const second = 1_000_000_000n;

/**
 * Updates ctime, inode, device, user and group in an index: git considers a file modified if one of them differs. Changes
 * the entries of files whose mtime and size equal those in the index, which a restore keeps, and nothing else.
 * See git's manual, gitformat-index: versions 2 to 4.
 * @param bytes the index, modified in place
 * @param shift how a restore has changed the times of files
 * @returns the number of modified entries; null if this is not an index of a known version
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

/** The digest at the end of an index; zeros mean that there is none (`index.skipHash`). */
function digestOf(bytes: Buffer): (Digest & { skipped: boolean }) | undefined {
  for (const digest of digests) {
    if (bytes.length < 12 + digest.length) continue;
    if (hashOf(bytes, digest).equals(bytes.subarray(-digest.length))) return { ...digest, skipped: false };
  }
  // Without a digest, assumes the entry length of most repositories; with another length, parsing ends early.
  return bytes.subarray(-20).every((byte) => byte === 0) ? { ...digests[0], skipped: true } : undefined;
}

/** Yields the offset and path of each entry. Stops at an entry that is truncated or out of order. */
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

/** Reads a number in "offset encoding", see gitformat-pack. */
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
  if (!hasTime(read(field.mtime), read(field.mtimeNs), mtimeNs, shift)) return false;
  if (read(field.size) !== low(size)) return false;
  // Some programs leave fields 0: these stay 0.
  const current = [
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
  for (const [offset, value] of current) {
    if (read(offset) === 0n || read(offset) === low(value)) continue;
    bytes.writeUInt32BE(Number(low(value)), at + offset);
    changed = true;
  }
  return changed;
}

/** Whether an entry has the mtime of a file, or the one before it was shifted, which drops the nanoseconds. */
function hasTime(seconds: bigint, nanoseconds: bigint, mtimeNs: bigint, shift: TimeShift | null): boolean {
  const recorded = seconds * second + nanoseconds;
  const expected = shift === null ? recorded : shiftTime(shift, recorded);
  if (expected / second !== mtimeNs / second) return false;
  return expected !== recorded || nanoseconds === 0n || nanoseconds === mtimeNs % second;
}
