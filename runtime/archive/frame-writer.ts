import { createHash } from "node:crypto";
import { beat } from "../util/beat.ts";
import { writeAll } from "../util/files.ts";
import type { Digest } from "../util/hash.ts";
import type { Packed, Slot } from "./codec.ts";
import type { Frame, Relocation } from "./layer-index.ts";
import { frameSize, newSlot, type Pool } from "./pool.ts";
import { makeSearch, type Search } from "./search.ts";
import { splitHits } from "./tails.ts";

/** What became of a tar stream. */
export interface Frames {
  frames: Frame[];
  /** Where needles stand in the plain stream, by offset, none overlapping another. */
  sure: Relocation[];
  /** Where tails of hashes may stand, by offset. */
  tails: Relocation[];
  digest: Digest;
  /** Bytes written, and bytes taken. */
  size: number;
  plainSize: number;
}

/**
 * Cuts a stream into frames, compresses them in a pool, and appends them to a file in order. Memory stays bounded if
 * the writer waits for `drained` now and then.
 */
export class FrameWriter {
  readonly #fd: number;
  readonly #pool: Pool;
  readonly #needles: readonly Uint8Array[];
  readonly #searchBorder: Search;
  readonly #hash = createHash("sha256");
  readonly #frames: Frame[] = [];
  readonly #hits: number[][] = [];
  readonly #free: Slot[] = [];
  #slot = newSlot();
  #filled = 0;
  #plainSize = 0;
  /** The last bytes of the frame before this one: a needle may begin there. */
  #border: Uint8Array = new Uint8Array(0);
  /** One for each frame that is not written yet, oldest first; none of them rejects. */
  readonly #pending: Promise<void>[] = [];
  #failure: { error: unknown } | undefined;

  constructor(fd: number, pool: Pool, needles: readonly Uint8Array[]) {
    this.#fd = fd;
    this.#pool = pool;
    this.#needles = needles;
    this.#searchBorder = makeSearch(needles);
  }

  /** Bytes taken so far: the offset of what comes next. */
  get offset(): number {
    return this.#plainSize + this.#filled;
  }

  write(bytes: Uint8Array): void {
    beat();
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(frameSize - this.#filled, bytes.length - at);
      this.#slot.plain.set(bytes.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === frameSize) this.#cut();
    }
  }

  /** Waits until the pool has room. Rejects with what went wrong in compressing or writing. */
  async drained(): Promise<void> {
    while (this.#pending.length >= this.#pool.depth) await this.#pending[0];
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async finish(): Promise<Frames> {
    if (this.#filled > 0) this.#cut();
    await this.#pending.at(-1);
    await this.drained();
    return {
      frames: this.#frames,
      ...splitHits(this.#hits, this.#needles),
      digest: this.#hash.digest("hex") as Digest,
      size: this.#frames.reduce((sum, { packed }) => sum + packed, 0),
      plainSize: this.#plainSize,
    };
  }

  #cut(): void {
    const [slot, length, start] = [this.#slot, this.#filled, this.#plainSize];
    this.#keepBorder(slot.plain.subarray(0, length), start);
    const packed = this.#pool.pack(slot, length);
    packed.catch(() => {});
    const previous = this.#pending.at(-1) ?? Promise.resolve();
    this.#pending.push(previous.then(() => this.#append(slot, start, length, packed)));
    this.#slot = this.#free.pop() ?? newSlot();
    this.#filled = 0;
    this.#plainSize += length;
  }

  #keepBorder(plain: Uint8Array, start: number): void {
    const reach = Math.max(0, ...this.#needles.map(({ length }) => length - 1));
    const before = this.#border;
    const joint = Buffer.concat([before, plain.subarray(0, reach)]);
    const hits = this.#searchBorder(joint).map((value, i) =>
      i % 2 === 0 ? start - before.length + value : value,
    );
    this.#hits.push(hits);
    this.#border = plain.slice(Math.max(0, plain.length - reach));
  }

  async #append(slot: Slot, start: number, plain: number, packed: Promise<Packed>): Promise<void> {
    try {
      const { length, hits } = await packed;
      const bytes = slot.packed.subarray(0, length);
      writeAll(this.#fd, bytes);
      this.#hash.update(bytes);
      this.#frames.push({ packed: length, plain });
      this.#hits.push(hits.map((value, i) => (i % 2 === 0 ? start + value : value)));
      this.#free.push(slot);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#pending.shift();
  }
}
