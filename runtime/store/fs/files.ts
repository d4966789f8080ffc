import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { damaged, systemCode } from "../../util/error.ts";
import { readInto } from "../../util/files.ts";

/** Not through a symlink, and without waiting for the other end of a fifo. */
export const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What `open` and the like say of something that is in the place of a file but is none. */
const notFiles = ["ELOOP", "ENXIO", "ENODEV", "EISDIR", "ENOTDIR", "EMLINK"];

/**
 * Opens a regular file for reading.
 * @returns null when there is nothing of that name
 * @throws PhaseCacheError `damaged` when it is something else
 */
export function openRegular(path: string, what: string): { fd: number; size: number } | null {
  let fd: number;
  try {
    fd = openSync(path, readFlags);
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (code === "ENOENT") return null;
    throw notFiles.includes(code) ? damaged(`${what} is not a regular file`, error) : error;
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  closeSync(fd);
  throw damaged(`${what} is not a regular file`);
}

/**
 * The contents of a regular file of at most `most` bytes.
 * @returns null when there is nothing of that name
 * @throws PhaseCacheError `damaged` when it is something else, or larger
 */
export function readRegular(path: string, what: string, most: number): Buffer | null {
  const file = openRegular(path, what);
  if (file === null) return null;
  try {
    if (file.size > most) throw damaged(`${what} is larger than ${most} bytes`);
    const bytes = Buffer.allocUnsafe(file.size);
    return bytes.subarray(0, readInto(file.fd, bytes, 0));
  } finally {
    closeSync(file.fd);
  }
}

/**
 * Appends a short text in one write, so that writers do not come between each other. Whatever the system reports is
 * passed over: these are notes, and a note that can't be made must not cost a build.
 */
export function append(path: string, note: string, { create }: { create: boolean }): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0), 0o660);
    try {
      const { nlink } = fstatSync(fd);
      // Anybody may have given a file of another place this name, too.
      if (nlink === 1) writeSync(fd, note);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
