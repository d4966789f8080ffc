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
import { FrameCompressor } from "./compressor.ts";

/** The frames of a tar stream, and the hits of the searches in it. Offsets are those of the plain stream. */
export interface Frames {
  frames: Frame[];
  /** Patterns other than partial hashes, by offset, without overlaps. */
  whole: Relocation[];
  /** Candidates for partial hashes, by offset. */
  partial: Relocation[];
  /** Names of variables, by offset. */
  names: NameHit[];
  /** Forms that can't be relocated, by offset, possibly with duplicates. */
  forms: FormHit[];
  /** Possible digests at or after `tokensFrom`, by offset, possibly with duplicates. */
  tokens: Token[];
  /** Where the search for digests began: at the first hit, since no file before it holds anything that is patched. */
  tokensFrom: number;
  digest: Digest;
  /** Bytes of the blob. */
  size: number;
  /** Bytes of the plain stream. */
  plainSize: number;
}

/** Maximum number of tokens that are recorded. */
const maxTokens = 200_000;

/** Puts `length` bytes into `memory` at `at`. */
export type Produce = (memory: Buffer, at: number, length: number) => void;

/**
 * Splits a stream into frames, searches them, compresses them while the next ones are filled, and appends them to a
 * file in order.
 */
export class FrameWriter {
  readonly #fd: number;
  readonly #level: number;
  readonly #patterns: readonly Uint8Array[];
  readonly #forms: readonly Form[];
  readonly #search: Search;
  /** Bytes of the previous frame that are searched again, since a pattern or token may cross the boundary. */
  readonly #overlap: number;
  /** The last bytes of the previous frame, followed by the frame that is being filled. */
  readonly #memory: Buffer;
  readonly #hash = createHash("sha256");
  readonly #frames: Frame[] = [];
  readonly #hits: number[][] = [];
  readonly #formHits: FormHit[] = [];
  readonly #tokens: Token[] = [];
  readonly #names = new Map<number, NameHit>();
  #tokensFrom: number;
  /** Compressors at work, oldest frame first, with the frame's plain length. */
  readonly #busy: { compressor: FrameCompressor; plain: number }[] = [];
  readonly #idle: FrameCompressor[] = [];
  #filled = 0;
  #plainSize = 0;

  /**
   * @param level zstd's compression level
   * @param forms other forms of hashes to search for
   * @param names names of variables to search for
   * @param wantsTokens whether to search for digests from the beginning
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
    // One byte more, to see whether a word begins there.
    this.#overlap =
      patterns.length === 0 ? 0 : Math.max(longestToken, ...all.map(({ length }) => length + 1));
    this.#memory = Buffer.alloc(this.#overlap + frameSize);
  }

  /** Plain bytes written so far: the offset of the next byte. */
  get offset(): number {
    return this.#plainSize + this.#filled;
  }

  write(bytes: Uint8Array): void {
    if (this.#filled + bytes.length < frameSize) {
      this.#memory.set(bytes, this.#overlap + this.#filled);
      this.#filled += bytes.length;
      return;
    }
    let from = 0;
    this.writeFrom(bytes.length, (memory, at, length) => {
      memory.set(bytes.subarray(from, from + length), at);
      from += length;
    });
  }

  /** Writes zeros. */
  pad(length: number): void {
    this.writeFrom(length, (memory, at, piece) => memory.fill(0, at, at + piece));
  }

  /** Writes `length` bytes directly into the frames' memory; calls `produce` once for each frame that they lie in. */
  writeFrom(length: number, produce: Produce): void {
    for (let left = length; left > 0; ) {
      const piece = Math.min(frameSize - this.#filled, left);
      produce(this.#memory, this.#overlap + this.#filled, piece);
      this.#filled += piece;
      left -= piece;
      if (this.#filled === frameSize) this.#endFrame();
    }
  }

  finish(): Frames {
    if (this.#filled > 0) this.#endFrame(true);
    while (this.#busy.length > 0) this.#appendOldest();
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

  #endFrame(isLast = false): void {
    heartbeat();
    if (this.#busy.length === parallelism) this.#appendOldest();
    const end = this.#overlap + this.#filled;
    const compressor = this.#idle.pop() ?? new FrameCompressor(this.#level);
    compressor.start(this.#memory.subarray(this.#overlap, end));
    this.#busy.push({ compressor, plain: this.#filled });
    const before = Math.min(this.#overlap, this.#plainSize);
    const start = this.#plainSize - before;
    this.#searchBytes(this.#memory.subarray(this.#overlap - before, end), start, isLast);
    this.#memory.copyWithin(0, end - this.#overlap, end);
    this.#plainSize += this.#filled;
    this.#filled = 0;
  }

  /** Searches bytes that begin at `start` in the stream. */
  #searchBytes(bytes: Uint8Array, start: number, isLast: boolean): void {
    const hits = this.#search(bytes);
    const patternHits: number[] = [];
    for (let i = 0; i < hits.length; i += 2) {
      const [at, form] = [hits[i]!, hits[i + 1]! - this.#patterns.length];
      const name = form - this.#forms.length;
      if (form < 0) patternHits.push(start + at, hits[i + 1]!);
      // Near a frame boundary, two searches find the same name: the map keeps one.
      else if (name >= 0) this.#names.set(start + at, { offset: start + at, name });
      else if (isValidHit(bytes, at, this.#forms[form]!)) this.#formHits.push({ offset: start + at, form });
    }
    this.#hits.push(patternHits);
    if (patternHits.length > 0) this.#tokensFrom = Math.min(this.#tokensFrom, start);
    if (this.#tokensFrom > start) return;
    findTokens(bytes, start === 0, isLast, ({ offset, digest }) => {
      if (this.#tokens.length < maxTokens) this.#tokens.push({ offset: start + offset, digest });
    });
  }

  /** Waits for the oldest frame and appends it. */
  #appendOldest(): void {
    const { compressor, plain } = this.#busy.shift()!;
    const bytes = compressor.finish();
    writeAll(this.#fd, bytes);
    this.#hash.update(bytes);
    this.#frames.push({ packed: bytes.length, plain });
    this.#idle.push(compressor);
  }
}

/**
 * Whether a hit of a form counts: a whole word must have no adjacent word characters. A hit at the end of a frame is
 * found again in the next search.
 */
function isValidHit(bytes: Uint8Array, at: number, { bytes: form, wholeWord }: Form): boolean {
  if (wholeWord !== true) return true;
  const end = at + form.length;
  return end < bytes.length && !isWord(bytes[end]!) && (at === 0 || !isWord(bytes[at - 1]!));
}

function isWord(byte: number): boolean {
  return (byte >= 48 && byte < 58) || ((byte | 32) >= 97 && (byte | 32) <= 122);
}
