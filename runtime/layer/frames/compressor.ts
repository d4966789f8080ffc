import type { CCtx } from "zstd-napi/binding.js";
import { loadZstd, type Zstd } from "../../util/encoding/zstd.ts";
import { frameSize } from "../index/layer-index.ts";

const nothing = new Uint8Array(0);

/** Compresses one frame at a time in a thread of zstd's own, which costs less than a worker thread with its own V8. */
export class FrameCompressor {
  readonly #zstd: Zstd;
  readonly #context: CCtx;
  readonly #packed: Uint8Array;
  #length = 0;
  #hasMore = false;

  /** @param level zstd's compression level */
  constructor(level: number) {
    const { zstd } = loadZstd();
    const { CParameter } = zstd;
    this.#zstd = zstd;
    this.#context = new zstd.CCtx();
    this.#context.setParameter(CParameter.compressionLevel, level);
    this.#context.setParameter(CParameter.checksumFlag, 1);
    // Level 1 has a window of 512 KiB and a table to match: a window of a whole frame and twice the table save 2 to 3 %.
    this.#context.setParameter(CParameter.windowLog, Math.log2(frameSize));
    if (level === 1) this.#context.setParameter(CParameter.hashLog, 15);
    this.#context.setParameter(CParameter.nbWorkers, 1);
    // Makes a frame a single job, so that zstd accepts it at once.
    this.#context.setParameter(CParameter.jobSize, frameSize);
    this.#packed = new Uint8Array(zstd.compressBound(frameSize));
  }

  /** Starts compressing a frame; `plain` is copied. The previous frame must be finished. */
  start(plain: Uint8Array): void {
    this.#length = 0;
    // Without room for output, zstd returns as soon as it has taken the input.
    let taken = this.#step(nothing, plain);
    // Small frames are compressed without a thread, piece by piece.
    while (taken < plain.length) taken += this.#step(this.#room(), plain.subarray(taken));
  }

  /** Waits for the frame. The returned bytes are valid until the next frame is started. */
  finish(): Uint8Array {
    while (this.#hasMore) this.#step(this.#room(), nothing);
    return this.#packed.subarray(0, this.#length);
  }

  #room(): Uint8Array {
    return this.#packed.subarray(this.#length);
  }

  /** @returns the number of bytes of `plain` that zstd has taken */
  #step(room: Uint8Array, plain: Uint8Array): number {
    const [left, produced, taken] = this.#context.compressStream2(room, plain, this.#zstd.EndDirective.end);
    this.#length += produced;
    this.#hasMore = left > 0;
    return taken;
  }
}
