import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Returns a name that no other process uses. It contains no pid: every sandbox counts pids from 1. */
export function randomName(prefix: string): string {
  return `${prefix}-${randomBytes(12).toString("hex")}`;
}

/** Writes all of `data`. A single `write` may be partial, on a full disk or after a signal. */
export function writeAll(fd: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done);
}

/** Creates a file. It is not flushed to the disk, so use this only for data that is verified at every read. */
export function writeNew(path: string, contents: Uint8Array): void {
  const fd = openSync(path, "wx", 0o660);
  try {
    writeAll(fd, contents);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a file atomically: creates a temporary file in the directory `temporary` (on the same file system), flushes it to
 * the disk, and renames it to `path`. Leaves nothing behind when it throws.
 */
export function writeAtomically(path: string, contents: Uint8Array, temporary: string): void {
  const name = join(temporary, randomName("write"));
  const fd = openSync(name, "wx", 0o660);
  try {
    try {
      writeAll(fd, contents);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(name, path);
  } catch (error) {
    rmSync(name, { force: true });
    throw error;
  }
}

/** Reads from an open file until `bytes` is full or the file ends. Returns the number of bytes read. */
export function readInto(fd: number, bytes: Uint8Array, position: number | null): number {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    const read = readSync(fd, bytes, done, bytes.length - done, at);
    if (read === 0) break;
    done += read;
  }
  return done;
}
