import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { damaged, systemCode } from "../../util/error.ts";
import { readInto } from "../../util/files.ts";

/** Opens neither symlinks nor waits for the other end of a fifo. */
export const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Error codes of `open` for files of another type. */
const notFiles = ["ELOOP", "ENXIO", "ENODEV", "EISDIR", "ENOTDIR", "EMLINK"];

/**
 * Opens a regular file for reading.
 * @param what the subject of error messages
 * @returns null if the file does not exist
 * @throws PhaseCacheError `damaged` when it is not a regular file
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
 * Reads a regular file of at most `maxSize` bytes.
 * @param what the subject of error messages
 * @returns null if the file does not exist
 * @throws PhaseCacheError `damaged` when it is not a regular file, or larger
 */
export function readRegular(path: string, what: string, maxSize: number): Buffer | null {
  const file = openRegular(path, what);
  if (file === null) return null;
  try {
    if (file.size > maxSize) throw damaged(`${what} is larger than ${maxSize} bytes`);
    const bytes = Buffer.allocUnsafe(file.size);
    return bytes.subarray(0, readInto(file.fd, bytes, 0));
  } finally {
    closeSync(file.fd);
  }
}

/**
 * Appends a short text in one write, so that concurrent writers do not mix. Ignores system errors: these are
 * statistics, which must not fail a build.
 */
export function append(path: string, line: string, { create }: { create: boolean }): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const fd = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0), 0o660);
    try {
      const { nlink } = fstatSync(fd);
      // A second hard link may lie outside the store: any user may have made it.
      if (nlink === 1) writeSync(fd, line);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
