import { Worker } from "node:worker_threads";
import { createCodec, type Packed, type Slot } from "./codec.ts";
import type { Pool } from "./pool.ts";
import { makeSearch } from "./search.ts";
import { loadZstd } from "./zstd.ts";

type Job =
  | { kind: "pack"; slot: Slot; length: number }
  | { kind: "unpack"; slot: Slot; length: number; plainLength: number };
type Reply = { slot: Slot; result?: Packed; error?: string };
interface Waiting {
  slot: Slot;
  resolve(result: Packed | undefined): void;
  reject(error: unknown): void;
}

/** The bundle is one file that must not be loaded again for each thread: a worker is made of two functions' text. */
const workerSource = `
const { parentPort, workerData } = require("node:worker_threads");
const search = (${makeSearch})(workerData.needles);
const codec = (${createCodec})(require(workerData.path), search, workerData.level);
parentPort.on("message", ({ kind, slot, length, plainLength }) => {
  const reply = { slot };
  try {
    reply.result = kind === "pack" ? codec.pack(slot, length) : codec.unpack(slot, length, plainLength);
  } catch (error) {
    reply.error = String(error.message);
  }
  parentPort.postMessage(reply, [slot.plain.buffer, slot.packed.buffer]);
});`;

/** A pool with `count` threads. */
export class WorkerPool implements Pool {
  readonly depth: number;
  readonly #workers: { worker: Worker; waiting: Waiting[] }[];

  constructor(count: number, level: number, needles: readonly Uint8Array[]) {
    this.depth = 2 * count + 1;
    const workerData = { needles, level, path: loadZstd().path };
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

  async pack(slot: Slot, length: number): Promise<Packed> {
    return (await this.#run({ kind: "pack", slot, length }))!;
  }

  async unpack(slot: Slot, length: number, plainLength: number): Promise<void> {
    await this.#run({ kind: "unpack", slot, length, plainLength });
  }

  #run(job: Job): Promise<Packed | undefined> {
    const idlest = this.#workers.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
    return new Promise((resolve, reject) => {
      idlest.waiting.push({ slot: job.slot, resolve, reject });
      idlest.worker.postMessage(job, [job.slot.plain.buffer, job.slot.packed.buffer]);
    });
  }

  close(): void {
    for (const { worker } of this.#workers) void worker.terminate();
  }
}

function settle(waiting: Waiting, { slot, result, error }: Reply): void {
  Object.assign(waiting.slot, slot);
  if (error === undefined) waiting.resolve(result);
  else waiting.reject(new Error(error));
}
