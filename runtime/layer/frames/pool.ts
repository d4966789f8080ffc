import { Worker } from "node:worker_threads";
import { loadZstd, type Zstd } from "../../util/encoding/zstd.ts";
import { parallelism } from "../../util/parallelism.ts";
import { frameSize } from "../index/layer-index.ts";

/** Memory for one frame, plain and compressed. It is transferred to a worker thread and back. */
export interface Slot {
  plain: Uint8Array<ArrayBuffer>;
  packed: Uint8Array<ArrayBuffer>;
}

/** Decompresses frames. A slot belongs to the pool until its promise settles. */
export interface Pool {
  /** Maximum number of frames in progress, queued ones included. */
  readonly depth: number;
  /**
   * Decompresses the first `length` bytes of `packed`. Rejects unless they decompress to exactly `plainLength` bytes of
   * `plain`.
   */
  decompress(slot: Slot, length: number, plainLength: number): Promise<void>;
  close(): void;
}

interface Job {
  slot: Slot;
  length: number;
  plainLength: number;
}
type Reply = { slot: Slot; error?: string };
interface PendingJob {
  slot: Slot;
  resolve(): void;
  reject(error: unknown): void;
}

/** Up to this many plain bytes are decompressed before a thread would have started. */
const inlineLimit = 16 * frameSize;

/** @param expected approximate number of plain bytes to decompress: a few are not worth a thread */
export function openPool(expected: number): Pool {
  return expected <= inlineLimit ? inlinePool() : new WorkerPool(Math.max(1, parallelism - 1));
}

export function newSlot(): Slot {
  const { zstd } = loadZstd();
  return { plain: new Uint8Array(frameSize), packed: new Uint8Array(zstd.compressBound(frameSize)) };
}

/**
 * Returns a function that decompresses a single frame (see `Pool`).
 *
 * Worker threads receive this function as source text: it must not refer to anything outside itself.
 */
function makeDecompress(zstd: Zstd): (slot: Slot, length: number, plainLength: number) => void {
  const decompression = new zstd.DCtx();
  return ({ plain, packed }, length, plainLength) => {
    const frame = packed.subarray(0, length);
    const size = zstd.getFrameContentSize(frame);
    if (size !== plainLength)
      throw new Error(`a frame's header states ${size} bytes instead of ${plainLength}`);
    const written = decompression.decompress(plain.subarray(0, plainLength), frame);
    if (written !== plainLength) throw new Error(`a frame holds ${written} bytes instead of ${plainLength}`);
  };
}

function inlinePool(): Pool {
  const decompress = makeDecompress(loadZstd().zstd);
  return {
    depth: 1,
    decompress: async (slot, length, plainLength) => decompress(slot, length, plainLength),
    close() {},
  };
}

/** A worker runs a function's source text: the bundle is a single file, which must not be loaded again in each thread. */
const workerSource = `
const { parentPort, workerData } = require("node:worker_threads");
const decompress = (${makeDecompress})(require(workerData));
parentPort.on("message", ({ slot, length, plainLength }) => {
  const reply = { slot };
  try {
    decompress(slot, length, plainLength);
  } catch (error) {
    reply.error = String(error.message);
  }
  parentPort.postMessage(reply, [slot.plain.buffer, slot.packed.buffer]);
});`;

/** A pool with `count` threads. */
class WorkerPool implements Pool {
  readonly depth: number;
  readonly #workers: { worker: Worker; pending: PendingJob[] }[];

  constructor(count: number) {
    this.depth = 2 * count + 1;
    const workerData = loadZstd().path;
    this.#workers = Array.from({ length: count }, () => {
      // An empty environment: the build's NODE_OPTIONS must not affect the worker.
      const worker = new Worker(workerSource, { eval: true, workerData, execArgv: [], env: {} });
      const pending: PendingJob[] = [];
      worker.on("message", (reply: Reply) => completeJob(pending.shift()!, reply));
      worker.on("error", (error) => {
        for (const { reject } of pending.splice(0)) reject(error);
      });
      return { worker, pending };
    });
  }

  decompress(slot: Slot, length: number, plainLength: number): Promise<void> {
    const job: Job = { slot, length, plainLength };
    const idlest = this.#workers.reduce((a, b) => (b.pending.length < a.pending.length ? b : a));
    return new Promise((resolve, reject) => {
      idlest.pending.push({ slot, resolve, reject });
      idlest.worker.postMessage(job, [slot.plain.buffer, slot.packed.buffer]);
    });
  }

  close(): void {
    for (const { worker } of this.#workers) void worker.terminate();
  }
}

function completeJob(job: PendingJob, { slot, error }: Reply): void {
  Object.assign(job.slot, slot);
  if (error === undefined) job.resolve();
  else job.reject(new Error(error));
}
