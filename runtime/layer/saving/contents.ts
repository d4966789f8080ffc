import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { printable } from "../../util/bytes.ts";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import type { FrameWriter } from "../frames/writer.ts";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A file as the scan saw it. */
export interface Seen {
  /** On disk. */
  path: Buffer;
  /** Bytes. */
  size: number;
  /** Seconds with a fraction, in decimal. */
  ctime: string;
}

/** What the system says of a name that a regular file no longer has. */
const otherKinds = ["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO"];

/** Told the beginning of a file, and whether that is all of it, before the bytes move on. */
export type Look = (bytes: Buffer, whole: boolean) => void;

/**
 * Puts a file's contents into a layer.
 * @throws PhaseCacheError `conflict` when it is not, or no longer, what the scan saw; system errors
 */
export function copyContents(seen: Seen, writer: FrameWriter, look: Look = () => {}): void {
  let fd: number | undefined;
  try {
    // What has become a symlink or a fifo meanwhile must neither be followed nor waited for.
    fd = openSync(seen.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    readAll(fd, seen, writer, look);
  } catch (error) {
    if (otherKinds.includes(systemCode(error) ?? "")) throw changed(seen);
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readAll(fd: number, seen: Seen, writer: FrameWriter, look: Look): void {
  let looked = false;
  writer.fill(seen.size, (memory, at, length) => {
    for (let done = 0; done < length; ) {
      const bytes = readSync(fd, memory, at + done, length - done, null);
      if (bytes === 0) throw changed(seen);
      done += bytes;
    }
    if (!looked) look(memory.subarray(at, at + length), length === seen.size);
    looked = true;
  });
  // Whatever was written while it was read has changed this time.
  const { size, ctimeMs } = fstatSync(fd);
  if (size !== seen.size || ctimeMs !== toMilliseconds(seen.ctime)) throw changed(seen);
}

/** As Node computes them from the same seconds and nanoseconds. */
function toMilliseconds(time: string): number {
  const dot = time.indexOf(".");
  return Number(time.slice(0, dot)) * 1000 + Number(time.slice(dot + 1, dot + 10)) / 1e6;
}

function changed({ path }: Seen): PhaseCacheError {
  return new PhaseCacheError(
    "conflict",
    `${printable(path.toString())} has changed while it was saved: something of the phase still runs`,
  );
}
