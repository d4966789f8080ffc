import { loadZstd } from "../../util/encoding/zstd.ts";
import { parallelism } from "../../util/parallelism.ts";
import { frameSize } from "../index/layer-index.ts";
import { makeUnpack } from "./decompress.ts";
import { type Pool, WorkerPool } from "./worker-pool.ts";

/** Up to this many plain bytes are done with before a thread has started. */
const inlineLimit = 16 * frameSize;

/** @param expected about how many plain bytes are to come: few are not worth a thread */
export function openPool(expected: number): Pool {
  return expected <= inlineLimit ? inlinePool() : new WorkerPool(Math.max(1, parallelism - 1));
}

function inlinePool(): Pool {
  const unpack = makeUnpack(loadZstd().zstd);
  return {
    depth: 1,
    unpack: async (slot, length, plainLength) => unpack(slot, length, plainLength),
    close() {},
  };
}
