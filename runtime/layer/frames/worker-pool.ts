import { Worker } from "node:worker_threads";
import { loadZstd } from "../../util/encoding/zstd.ts";
import { makeUnpack } from "./decompress.ts";
import type { Slot } from "./slot.ts";

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

interface Job {
  slot: Slot;
  length: number;
  plainLength: number;
}
type Reply = { slot: Slot; error?: string };
interface Waiting {
  slot: Slot;
  resolve(): void;
  reject(error: unknown): void;
}

/** The bundle is one file that must not be loaded again for each thread: a worker is made of a function's text. */
const workerSource = `
const { parentPort, workerData } = require("node:worker_threads");
const unpack = (${makeUnpack})(require(workerData));
parentPort.on("message", ({ slot, length, plainLength }) => {
  const reply = { slot };
  try {
    unpack(slot, length, plainLength);
  } catch (error) {
    reply.error = String(error.message);
  }
  parentPort.postMessage(reply, [slot.plain.buffer, slot.packed.buffer]);
});`;

/** A pool with `count` threads. */
export class WorkerPool implements Pool {
  readonly depth: number;
  readonly #workers: { worker: Worker; waiting: Waiting[] }[];

  constructor(count: number) {
    this.depth = 2 * count + 1;
    const workerData = loadZstd().path;
    this.#workers = Array.from({ length: count }, () => {
      // The build's NODE_OPTIONS are none of the worker's business.
      const worker = new Worker(workerSource, { eval: true, workerData, execArgv: [], env: {} });
      const waiting: Waiting[] = [];
      worker.on("message", (reply: Reply) => settle(waiting.shift()!, reply));
      worker.on("error", (error) => {
        for (const { reject } of waiting.splice(0)) reject(error);
      });
      return { worker, waiting };
    });
  }

  unpack(slot: Slot, length: number, plainLength: number): Promise<void> {
    const job: Job = { slot, length, plainLength };
    const idlest = this.#workers.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
    return new Promise((resolve, reject) => {
      idlest.waiting.push({ slot, resolve, reject });
      idlest.worker.postMessage(job, [slot.plain.buffer, slot.packed.buffer]);
    });
  }

  close(): void {
    for (const { worker } of this.#workers) void worker.terminate();
  }
}

function settle(waiting: Waiting, { slot, error }: Reply): void {
  Object.assign(waiting.slot, slot);
  if (error === undefined) waiting.resolve();
  else waiting.reject(new Error(error));
}
