import { createHash } from "node:crypto";
import { toBytes } from "../../util/bytes.ts";
import { writeAll } from "../../util/files.ts";
import type { Digest } from "../../util/hash.ts";
import { heartbeat } from "../../util/heartbeat.ts";
import { parallelism } from "../../util/parallelism.ts";
import { type Frame, frameSize, type Relocation } from "../index/layer-index.ts";
import type { Form, FormHit } from "../relocation/forms.ts";
import type { NameHit } from "../relocation/names.ts";
import { splitHits } from "../relocation/partial-hashes.ts";
import { makeSearch, type Search } from "../relocation/search.ts";
import { findTokens, longestToken, type Token } from "../relocation/tokens.ts";
import { Packer } from "./compressor.ts";

/** What became of a tar stream. */
export interface Frames {
  frames: Frame[];
  /** Where patterns stand in the plain stream, by offset, none overlapping another. */
  whole: Relocation[];
  /** Where partial hashes may stand, by offset. */
  partial: Relocation[];
  /** Where names stand, by offset. */
  names: NameHit[];
  /** Where forms stand that can't be relocated, by offset, some of them twice. */
  forms: FormHit[];
  /** What looks like a digest from `tokensFrom` on, by offset, some of it twice. */
  tokens: Token[];
  /** Where a search for digests began: at the first hit, since without one there is nothing to have a digest of. */
  tokensFrom: number;
  digest: Digest;
  /** Bytes written, and bytes taken. */
  size: number;
  plainSize: number;
}

/** More texts that look like digests are not remembered. */
const mostTokens = 200_000;

/** Puts `length` bytes into `memory` at `at`. */
export type Fill = (memory: Buffer, at: number, length: number) => void;

/**
 * Cuts a stream into frames, searches them, has them compressed while the next ones are filled, and appends them to a
 * file in order.
 */
export class FrameWriter {
  readonly #fd: number;
  readonly #level: number;
  readonly #patterns: readonly Uint8Array[];
  readonly #forms: readonly Form[];
  readonly #search: Search;
  /** A pattern or token that ends in a frame begins at most so many bytes before it. */
  readonly #reach: number;
  /** The last bytes of the frame before, and the frame that is being filled. */
  readonly #memory: Buffer;
  readonly #hash = createHash("sha256");
  readonly #frames: Frame[] = [];
  readonly #hits: number[][] = [];
  readonly #formHits: FormHit[] = [];
  readonly #tokens: Token[] = [];
  readonly #names = new Map<number, NameHit>();
  #tokensFrom: number;
  /** Those at work, oldest first, and with what. */
  readonly #busy: { packer: Packer; plain: number }[] = [];
  readonly #idle: Packer[] = [];
  #filled = 0;
  #plainSize = 0;

  /**
   * @param level zstd's
   * @param forms what else is looked for
   * @param names variables to look for, by their names
   * @param wantsTokens whether digests are looked for from the beginning
   */
  constructor(
    fd: number,
    level: number,
    patterns: readonly Uint8Array[],
    forms: readonly Form[] = [],
    names: readonly Uint8Array[] = [],
    wantsTokens = false,
  ) {
    this.#tokensFrom = wantsTokens ? 0 : Number.POSITIVE_INFINITY;
    this.#fd = fd;
    this.#level = level;
    this.#patterns = patterns;
    this.#forms = forms;
    const all = [...patterns, ...forms.map(({ bytes }) => toBytes(bytes)), ...names];
    this.#search = makeSearch(all, patterns.length);
    // One byte more tells whether a word begins there.
    this.#reach = patterns.length === 0 ? 0 : Math.max(longestToken, ...all.map(({ length }) => length + 1));
    this.#memory = Buffer.alloc(this.#reach + frameSize);
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

  /** Takes so many zeros. */
  pad(length: number): void {
    this.fill(length, (memory, at, piece) => memory.fill(0, at, at + piece));
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
    if (this.#filled > 0) this.#cut(true);
    while (this.#busy.length > 0) this.#append();
    return {
      frames: this.#frames,
      ...splitHits(this.#hits, this.#patterns),
      forms: this.#formHits,
      tokens: this.#tokens,
      names: [...this.#names.values()].sort((a, b) => a.offset - b.offset),
      tokensFrom: this.#tokensFrom,
      digest: this.#hash.digest("hex") as Digest,
      size: this.#frames.reduce((sum, { packed }) => sum + packed, 0),
      plainSize: this.#plainSize,
    };
  }

  #cut(isLast = false): void {
    heartbeat();
    if (this.#busy.length === parallelism) this.#append();
    const end = this.#reach + this.#filled;
    const packer = this.#idle.pop() ?? new Packer(this.#level);
    packer.start(this.#memory.subarray(this.#reach, end));
    this.#busy.push({ packer, plain: this.#filled });
    const before = Math.min(this.#reach, this.#plainSize);
    const start = this.#plainSize - before;
    this.#look(this.#memory.subarray(this.#reach - before, end), start, isLast);
    this.#memory.copyWithin(0, end - this.#reach, end);
    this.#plainSize += this.#filled;
    this.#filled = 0;
  }

  /** Searches the bytes that stand at `start` in the stream. */
  #look(bytes: Uint8Array, start: number, isLast: boolean): void {
    const hits = this.#search(bytes);
    const own: number[] = [];
    for (let i = 0; i < hits.length; i += 2) {
      const [at, form] = [hits[i]!, hits[i + 1]! - this.#patterns.length];
      const name = form - this.#forms.length;
      if (form < 0) own.push(start + at, hits[i + 1]!);
      // Near a frame's border two searches find the same.
      else if (name >= 0) this.#names.set(start + at, { offset: start + at, name });
      else if (counts(bytes, at, this.#forms[form]!)) this.#formHits.push({ offset: start + at, form });
    }
    this.#hits.push(own);
    if (own.length > 0) this.#tokensFrom = Math.min(this.#tokensFrom, start);
    if (this.#tokensFrom > start) return;
    findTokens(bytes, start === 0, isLast, ({ offset, digest }) => {
      if (this.#tokens.length < mostTokens) this.#tokens.push({ offset: start + offset, digest });
    });
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

/** Whether a form counts where it was found: a word has to stand alone. At the end of a frame it is found once more. */
function counts(bytes: Uint8Array, at: number, { bytes: form, wholeWord }: Form): boolean {
  if (wholeWord !== true) return true;
  const end = at + form.length;
  return end < bytes.length && !isWord(bytes[end]!) && (at === 0 || !isWord(bytes[at - 1]!));
}

function isWord(byte: number): boolean {
  return (byte >= 48 && byte < 58) || ((byte | 32) >= 97 && (byte | 32) <= 122);
}
