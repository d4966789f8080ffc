import { parallelism } from "../util/parallelism.ts";
import { makeUnpack } from "./unpack.ts";
import { WorkerPool } from "./worker-pool.ts";
import { loadZstd } from "./zstd.ts";

/** Plain bytes in a frame, the last one of a layer aside. */
export const frameSize = 4 << 20;

/** Up to this many plain bytes are done with before a thread has started. */
const inlineLimit = 16 * frameSize;

/** Memory for one frame: its contents, and its compressed form. It moves to a worker thread and back. */
export interface Slot {
  plain: Uint8Array<ArrayBuffer>;
  packed: Uint8Array<ArrayBuffer>;
}

/** Decompresses frames; a slot belongs to the pool until its promise is settled. */
export interface Pool {
  /** How many frames it works on at once, waiting ones included. */
  readonly depth: number;
  /**
   * Decompresses the first `length` bytes of `packed`. Rejects when they don't make exactly `plainLength` bytes of
   * `plain`.
   */
  unpack(slot: Slot, length: number, plainLength: number): Promise<void>;
  close(): void;
}

/** @param expected about how many plain bytes are to come: few are not worth a thread */
export function openPool(expected: number): Pool {
  return expected <= inlineLimit ? inlinePool() : new WorkerPool(Math.max(1, parallelism - 1));
}

export function newSlot(): Slot {
  const { zstd } = loadZstd();
  return { plain: new Uint8Array(frameSize), packed: new Uint8Array(zstd.compressBound(frameSize)) };
}

function inlinePool(): Pool {
  const unpack = makeUnpack(loadZstd().zstd);
  return {
    depth: 1,
    unpack: async (slot, length, plainLength) => unpack(slot, length, plainLength),
    close() {},
  };
}
