import { readSync } from "node:fs";

const elf = Buffer.from("\x7fELF", "latin1");
const archive = Buffer.from("!<arch>\n", "latin1");
const memberHeader = 60;

/** The range of an object file inside a file, in bytes. */
export interface ObjectRange {
  start: number;
  end: number;
}

/** Reads the bytes of an open file from `start` to `end`, clipped to the file. */
export function bytesBetween(fd: number, start: number, end: number): Buffer {
  const from = Math.max(0, start);
  const bytes = Buffer.alloc(Math.max(0, end - from));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
}

/** Finds the ELF object with the byte at `offset` of an open file: the file itself, or a member of an ar archive. */
export function objectAt(fd: number, size: number, offset: number): ObjectRange | null {
  if (isElf(fd, 0)) return { start: 0, end: size };
  if (!bytesBetween(fd, 0, archive.length).equals(archive)) return null;
  for (let at = archive.length; at + memberHeader <= offset; ) {
    const start = at + memberHeader;
    // The decimal size of a member, padded to an even offset (ar(5)).
    const length = Number(bytesBetween(fd, at + 48, at + 58).toString("latin1"));
    if (!Number.isSafeInteger(length) || length < 0) return null;
    if (offset < start + length) return isElf(fd, start) ? { start, end: start + length } : null;
    at = start + length + (length % 2);
  }
  return null;
}

function isElf(fd: number, start: number): boolean {
  return bytesBetween(fd, start, start + elf.length).equals(elf);
}
