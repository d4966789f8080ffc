import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { toMilliseconds } from "../../tree/entry.ts";
import { printable } from "../../util/bytes.ts";
import { PhaseCacheError, systemCode } from "../../util/error.ts";
import type { FrameWriter } from "../frames/writer.ts";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A regular file as the scan found it. */
export interface ScannedFile {
  /** On disk. */
  path: Buffer;
  /** Bytes. */
  size: number;
  /** Seconds with a fraction, in decimal. */
  ctime: string;
}

/** Error codes of opening or reading a path that is no longer a regular file. */
const notRegular = ["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENXIO"];

/**
 * Receives the beginning of a file's contents, and whether that is all of it. The bytes are only valid during the
 * call.
 */
export type Inspect = (bytes: Buffer, isComplete: boolean) => void;

/**
 * Copies a file's contents into a layer.
 * @throws PhaseCacheError `conflict` when the file differs from what the scan found; system errors
 */
export function copyContents(file: ScannedFile, writer: FrameWriter, inspect: Inspect = () => {}): void {
  let fd: number | undefined;
  try {
    // A symlink or fifo that has replaced the file must neither be followed nor block.
    fd = openSync(file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    readAll(fd, file, writer, inspect);
  } catch (error) {
    if (notRegular.includes(systemCode(error) ?? "")) throw changed(file);
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readAll(fd: number, file: ScannedFile, writer: FrameWriter, inspect: Inspect): void {
  let isFirst = true;
  writer.writeFrom(file.size, (memory, at, length) => {
    for (let done = 0; done < length; ) {
      const bytes = readSync(fd, memory, at + done, length - done, null);
      if (bytes === 0) throw changed(file);
      done += bytes;
    }
    if (isFirst) inspect(memory.subarray(at, at + length), length === file.size);
    isFirst = false;
  });
  // A write during the copy has changed the ctime.
  const { size, ctimeMs } = fstatSync(fd);
  if (size !== file.size || ctimeMs !== toMilliseconds(file.ctime)) throw changed(file);
}

function changed({ path }: ScannedFile): PhaseCacheError {
  return new PhaseCacheError(
    "conflict",
    `${printable(path.toString())} changed while it was saved: a process of the phase is still running`,
  );
}
