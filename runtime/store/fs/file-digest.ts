import { createHash } from "node:crypto";
import { readInto } from "../../util/files.ts";
import type { Digest } from "../../util/hash.ts";
import { heartbeat } from "../../util/heartbeat.ts";

const chunkSize = 1024 * 1024;

/** Computes the sha256 of an open file, in pieces. Calls `onRead` with the length of each. */
export function digestOfFile(fd: number, onRead?: (bytes: number) => void): Digest {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(chunkSize);
  for (let position = 0; ; ) {
    const length = readInto(fd, chunk, position);
    if (length === 0) return hash.digest("hex") as Digest;
    hash.update(chunk.subarray(0, length));
    position += length;
    heartbeat();
    onRead?.(length);
  }
}
