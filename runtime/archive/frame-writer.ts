import { createHash } from "node:crypto";
import { beat } from "../util/beat.ts";
import { writeAll } from "../util/files.ts";
import type { Digest } from "../util/hash.ts";
import { parallelism } from "../util/parallelism.ts";
import type { Frame, Relocation } from "./layer-index.ts";
import type { NameHit } from "./names.ts";
import { Packer } from "./packer.ts";
import { frameSize } from "./pool.ts";
import { makeSearch, type Search } from "./search.ts";
import { splitHits } from "./tails.ts";

/** What became of a tar stream. */
export interface Frames {
  frames: Frame[];
  /** Where needles stand in the plain stream, by offset, none overlapping another. */
  sure: Relocation[];
  /** Where tails of hashes may stand, by offset. */
  tails: Relocation[];
  /** Where names stand, by offset. */
  names: NameHit[];
  digest: Digest;
  /** Bytes written, and bytes taken. */
  size: number;
  plainSize: number;
}

/** Puts `length` bytes into `memory` at `at`. */
export type Fill = (memory: Uint8Array, at: number, length: number) => void;

/**
 * Cuts a stream into frames, searches them, has them compressed while the next ones are filled, and appends them to a
 * file in order.
 */
export class FrameWriter {
  readonly #fd: number;
  readonly #level: number;
  readonly #needles: readonly Uint8Array[];
  readonly #search: Search;
  /** A needle that ends in a frame begins at most so many bytes before it. */
  readonly #reach: number;
  /** The last bytes of the frame before, and the frame that is being filled. */
  readonly #memory: Uint8Array;
  readonly #hash = createHash("sha256");
  readonly #frames: Frame[] = [];
  readonly #hits: number[][] = [];
  readonly #names = new Map<number, NameHit>();
  /** Those at work, oldest first, and with what. */
  readonly #busy: { packer: Packer; plain: number }[] = [];
  readonly #idle: Packer[] = [];
  #filled = 0;
  #plainSize = 0;

  /**
   * @param level zstd's
   * @param names what else to look for
   */
  constructor(fd: number, level: number, needles: readonly Uint8Array[], names: readonly Uint8Array[] = []) {
    this.#fd = fd;
    this.#level = level;
    this.#needles = needles;
    this.#search = makeSearch([...needles, ...names]);
    this.#reach = Math.max(0, ...[...needles, ...names].map(({ length }) => length - 1));
    this.#memory = new Uint8Array(this.#reach + frameSize);
  }

  /** Bytes taken so far: the offset of what comes next. */
  get offset(): number {
    return this.#plainSize + this.#filled;
  }

  write(bytes: Uint8Array): void {
    if (this.#filled + bytes.length < frameSize) {
      this.#memory.set(bytes, this.#reach + this.#filled);
      this.#filled += bytes.length;
      return;
    }
    let from = 0;
    this.fill(bytes.length, (memory, at, length) => {
      memory.set(bytes.subarray(from, from + length), at);
      from += length;
    });
  }

  /** Takes `length` bytes, in as many pieces as they lie in frames. */
  fill(length: number, fill: Fill): void {
    for (let left = length; left > 0; ) {
      const piece = Math.min(frameSize - this.#filled, left);
      fill(this.#memory, this.#reach + this.#filled, piece);
      this.#filled += piece;
      left -= piece;
      if (this.#filled === frameSize) this.#cut();
    }
  }

  finish(): Frames {
    if (this.#filled > 0) this.#cut();
    while (this.#busy.length > 0) this.#append();
    return {
      frames: this.#frames,
      ...splitHits(this.#hits, this.#needles),
      names: [...this.#names.values()].sort((a, b) => a.offset - b.offset),
      digest: this.#hash.digest("hex") as Digest,
      size: this.#frames.reduce((sum, { packed }) => sum + packed, 0),
      plainSize: this.#plainSize,
    };
  }

  #cut(): void {
    beat();
    if (this.#busy.length === parallelism) this.#append();
    const end = this.#reach + this.#filled;
    const packer = this.#idle.pop() ?? new Packer(this.#level);
    packer.start(this.#memory.subarray(this.#reach, end));
    this.#busy.push({ packer, plain: this.#filled });
    const before = Math.min(this.#reach, this.#plainSize);
    const start = this.#plainSize - before;
    const hits = this.#search(this.#memory.subarray(this.#reach - before, end));
    this.#note(hits, start);
    this.#memory.copyWithin(0, end - this.#reach, end);
    this.#plainSize += this.#filled;
    this.#filled = 0;
  }

  #note(hits: readonly number[], start: number): void {
    const own: number[] = [];
    for (let i = 0; i < hits.length; i += 2) {
      const offset = start + hits[i]!;
      const name = hits[i + 1]! - this.#needles.length;
      if (name < 0) own.push(offset, hits[i + 1]!);
      // Near a frame's border two searches find the same.
      else this.#names.set(offset, { offset, name });
    }
    this.#hits.push(own);
  }

  /** Waits for the oldest frame. */
  #append(): void {
    const { packer, plain } = this.#busy.shift()!;
    const bytes = packer.finish();
    writeAll(this.#fd, bytes);
    this.#hash.update(bytes);
    this.#frames.push({ packed: bytes.length, plain });
    this.#idle.push(packer);
  }
}
