import type { CCtx } from "zstd-napi/binding.js";
import { loadZstd, type Zstd } from "../../util/encoding/zstd.ts";
import { frameSize } from "../index/layer-index.ts";

const nothing = new Uint8Array(0);

/** Compresses one frame after the other in a thread of zstd's own, which costs less than a worker with its own V8. */
export class Packer {
  readonly #zstd: Zstd;
  readonly #context: CCtx;
  readonly #packed: Uint8Array;
  #length = 0;
  #hasMore = false;

  /** @param level zstd's */
  constructor(level: number) {
    const { zstd } = loadZstd();
    const { CParameter } = zstd;
    this.#zstd = zstd;
    this.#context = new zstd.CCtx();
    this.#context.setParameter(CParameter.compressionLevel, level);
    this.#context.setParameter(CParameter.checksumFlag, 1);
    // Level 1 would look back 512 KiB, in a table for that: the whole frame and twice the table spare 2 to 3 %.
    this.#context.setParameter(CParameter.windowLog, Math.log2(frameSize));
    if (level === 1) this.#context.setParameter(CParameter.hashLog, 15);
    this.#context.setParameter(CParameter.nbWorkers, 1);
    // A frame is one job, so that it is taken at once.
    this.#context.setParameter(CParameter.jobSize, frameSize);
    this.#packed = new Uint8Array(zstd.compressBound(frameSize));
  }

  /** Begins with a frame; `plain` is copied. The frame before it must be finished. */
  start(plain: Uint8Array): void {
    this.#length = 0;
    // As there is no room for what comes out, zstd does not wait for it.
    let taken = this.#step(nothing, plain);
    // It compresses small frames without a thread, piece by piece.
    while (taken < plain.length) taken += this.#step(this.#room(), plain.subarray(taken));
  }

  /** Waits for the frame. The bytes hold until the next one begins. */
  finish(): Uint8Array {
    while (this.#hasMore) this.#step(this.#room(), nothing);
    return this.#packed.subarray(0, this.#length);
  }

  #room(): Uint8Array {
    return this.#packed.subarray(this.#length);
  }

  /** @returns how many bytes of `plain` were taken */
  #step(room: Uint8Array, plain: Uint8Array): number {
    const [left, produced, taken] = this.#context.compressStream2(room, plain, this.#zstd.EndDirective.end);
    this.#length += produced;
    this.#hasMore = left > 0;
    return taken;
  }
}
