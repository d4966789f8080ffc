import { createHash } from "node:crypto";
import { fstatSync } from "node:fs";
import { damaged, type PhaseCacheError } from "../../util/error.ts";
import { readInto } from "../../util/files.ts";
import type { Digest } from "../../util/hash.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { type LayerIndex, packedSize } from "../index/layer-index.ts";
import { newSlot, type Slot } from "./slot.ts";
import type { Pool } from "./worker-pool.ts";

/** Plain contents of a frame; they belong to the reader again when the one after the next is asked for. */
export interface PlainFrame {
  bytes: Buffer;
  /** Offset in the plain tar stream. */
  start: number;
}

interface Started {
  slot: Slot;
  start: number;
  plain: number;
  done: Promise<void>;
}

/**
 * Reads a blob whole, and decompresses the frames that are wanted, some ahead of the one that is asked for.
 * @param wanted whether something in these plain bytes is needed
 * @throws PhaseCacheError `damaged`; that the digest is wrong shows only at the end
 */
export async function* readFrames(
  { fd, digest, index }: { fd: number; digest: Digest; index: LayerIndex },
  wanted: (start: number, end: number) => boolean,
  pool: Pool,
): AsyncGenerator<PlainFrame> {
  if (fstatSync(fd).size !== packedSize(index)) throw damagedLayer("its length is not that of its frames");
  const hash = createHash("sha256");
  const free: Slot[] = Array.from({ length: pool.depth + 1 }, newSlot);
  const started: Started[] = [];
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
      const done = pool.unpack(slot, packed, plain);
      // It is waited for later, or never when another frame fails first.
      done.catch(() => {});
      started.push({ slot, start, plain, done });
    } else free.push(slot);
    at += packed;
    start += plain;
  }
  while (started.length > 0) yield* finish(started, lent, free);
  if (hash.digest("hex") !== digest) throw damagedLayer("its digest is wrong");
}

/** Yields the oldest of the frames that were started, and takes back the one that was yielded before it. */
async function* finish(started: Started[], lent: Slot[], free: Slot[]): AsyncGenerator<PlainFrame> {
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
 * `length` bytes of a file from `position` on.
 * @throws PhaseCacheError `damaged` when there are fewer
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
