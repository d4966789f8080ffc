import { availableParallelism } from "node:os";
import { createCodec, type Packed, type Slot } from "./codec.ts";
import { makeSearch } from "./search.ts";
import { WorkerPool } from "./worker-pool.ts";
import { loadZstd } from "./zstd.ts";

/** Plain bytes in a frame, the last one of a layer aside. */
export const frameSize = 4 << 20;

/** Up to this many plain bytes are done with before a thread has started. */
const inlineLimit = 3 * frameSize;

/** Compresses and decompresses frames; a slot belongs to the pool until its promise is settled. */
export interface Pool {
  /** How many frames it works on at once, waiting ones included. */
  readonly depth: number;
  pack(slot: Slot, length: number): Promise<Packed>;
  /** Rejects when the frame does not hold exactly `plainLength` bytes. */
  unpack(slot: Slot, length: number, plainLength: number): Promise<void>;
  close(): void;
}

export interface PoolOptions {
  /** zstd's. */
  level: number;
  /** What `pack` searches for. */
  needles: readonly Uint8Array[];
  /** About how many plain bytes are to come: few are not worth a thread. */
  expected: number;
}

export function openPool({ level, needles, expected }: PoolOptions): Pool {
  if (expected <= inlineLimit) return inlinePool(level, needles);
  return new WorkerPool(Math.min(4, availableParallelism()), level, needles);
}

export function newSlot(): Slot {
  const { zstd } = loadZstd();
  return { plain: new Uint8Array(frameSize), packed: new Uint8Array(zstd.compressBound(frameSize)) };
}

function inlinePool(level: number, needles: readonly Uint8Array[]): Pool {
  const codec = createCodec(loadZstd().zstd, makeSearch(needles), level);
  return {
    depth: 1,
    pack: async (slot, length) => codec.pack(slot, length),
    unpack: async (slot, length, plainLength) => codec.unpack(slot, length, plainLength),
    close() {},
  };
}
