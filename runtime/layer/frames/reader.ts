import { createHash } from "node:crypto";
import { fstatSync } from "node:fs";
import { damaged, type PhaseCacheError } from "../../util/error.ts";
import { readInto } from "../../util/files.ts";
import type { Digest } from "../../util/hash.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { type LayerIndex, packedSize } from "../index/layer-index.ts";
import { newSlot, type Pool, type Slot } from "./pool.ts";

/** Plain contents of a frame. Their memory is reused when the frame after the next is requested. */
export interface PlainFrame {
  bytes: Buffer;
  /** Offset in the plain tar stream. */
  start: number;
}

interface FrameInProgress {
  slot: Slot;
  start: number;
  plain: number;
  done: Promise<void>;
}

/**
 * Reads a whole blob and yields its wanted frames, decompressed some frames ahead.
 * @param wanted whether any of the plain bytes from `start` to `end` are needed
 * @throws PhaseCacheError `damaged`; a wrong digest is only detected at the end
 */
export async function* readFrames(
  { fd, digest, index }: { fd: number; digest: Digest; index: LayerIndex },
  wanted: (start: number, end: number) => boolean,
  pool: Pool,
): AsyncGenerator<PlainFrame> {
  if (fstatSync(fd).size !== packedSize(index))
    throw damagedLayer("its length differs from that of its frames");
  const hash = createHash("sha256");
  const free: Slot[] = Array.from({ length: pool.depth + 1 }, newSlot);
  const started: FrameInProgress[] = [];
  const lent: Slot[] = [];
  let at = 0;
  let start = 0;
  for (const { packed, plain } of index.frames) {
    heartbeat();
    while (free.length === 0) yield* finish(started, lent, free);
    const slot = free.pop()!;
    if (packed > slot.packed.length) throw damagedLayer("a frame is too long");
    const bytes = slot.packed.subarray(0, packed);
    readFully(fd, bytes, at);
    hash.update(bytes);
    if (wanted(start, start + plain)) {
      const done = pool.decompress(slot, packed, plain);
      // Awaited later, or never if another frame fails first: no unhandled rejection then.
      done.catch(() => {});
      started.push({ slot, start, plain, done });
    } else free.push(slot);
    at += packed;
    start += plain;
  }
  while (started.length > 0) yield* finish(started, lent, free);
  if (hash.digest("hex") !== digest) throw damagedLayer("its digest is wrong");
}

/** Yields the oldest frame in progress, and reclaims the slot of the one that was yielded before it. */
async function* finish(started: FrameInProgress[], lent: Slot[], free: Slot[]): AsyncGenerator<PlainFrame> {
  const { slot, start, plain, done } = started.shift()!;
  try {
    await done;
  } catch (error) {
    throw damagedLayer(error instanceof Error ? error.message : String(error));
  }
  yield { bytes: Buffer.from(slot.plain.buffer, 0, plain), start };
  lent.push(slot);
  if (lent.length > 1) free.push(lent.shift()!);
}

/**
 * Reads `length` bytes of a file from `position` on.
 * @throws PhaseCacheError `damaged` when the file is too short
 */
export function readExactly(fd: number, length: number, position: number): Buffer {
  if (length > fstatSync(fd).size) throw damagedLayer("its end is missing");
  const bytes = Buffer.allocUnsafe(length);
  readFully(fd, bytes, position);
  return bytes;
}

function readFully(fd: number, bytes: Uint8Array, position: number): void {
  if (readInto(fd, bytes, position) < bytes.length) throw damagedLayer("its end is missing");
}

function damagedLayer(reason: string): PhaseCacheError {
  return damaged(`a layer is damaged: ${reason}`);
}
