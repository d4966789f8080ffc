import { PhaseCacheError } from "../../util/error.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { blockSize, padded, readHeader, writeMode } from "./header.ts";
import { type Member, readMember } from "./member.ts";
import { largestPax, type PaxRecords, readPax } from "./pax.ts";

/** The type of an extended header. */
const extendedType = "x".charCodeAt(0);

/** Where the stream goes, without its end-of-archive blocks. */
export interface Sink {
  /** Bytes written so far. */
  readonly offset: number;
  write(bytes: Uint8Array): void;
}

/**
 * Follows a tar stream on its way into a layer: collects an entry for each file, and puts other modes in the place
 * of those that tar saw.
 */
export class TarReader {
  readonly entries: LayerEntry[] = [];
  readonly #sink: Sink;
  readonly #modes: ReadonlyMap<string, number>;
  /** A header, or an extended header with its contents, that is not complete yet. */
  #held: Buffer = Buffer.allocUnsafe(blockSize);
  #filled = 0;
  #extended: { records: PaxRecords; start: number } | null = null;
  #isExtended = false;
  /** Bytes of contents and padding to come. */
  #contents = 0;
  #ended = false;

  /** @param modes by layer path: what to say instead of the mode in the stream */
  constructor(sink: Sink, modes: ReadonlyMap<string, number>) {
    this.#sink = sink;
    this.#modes = modes;
  }

  /** @throws PhaseCacheError `refused` for what no restore would take */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.#ended; ) {
      if (this.#contents > 0) {
        const length = Math.min(this.#contents, piece.length - at);
        this.#sink.write(piece.subarray(at, at + length));
        this.#contents -= length;
        at += length;
        continue;
      }
      const length = Math.min(this.#held.length - this.#filled, piece.length - at);
      this.#held.set(piece.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === this.#held.length) this.#take();
    }
  }

  /** Call it when one stream has ended, before the next one begins. */
  endStream(): void {
    if (!this.#ended) throw new PhaseCacheError("tool-failed", "tar ended in the middle of a file");
    this.#ended = false;
  }

  #take(): void {
    const held = this.#held;
    this.#filled = 0;
    if (this.#isExtended) {
      this.#takeExtended(held);
      return;
    }
    const isOwn = held[0] !== 0 && held[156] !== extendedType;
    if (this.#extended !== null && !isOwn) {
      throw new PhaseCacheError("tool-failed", "tar wrote an extended header without a file");
    }
    if (held[0] === 0) this.#ended = true;
    else this.#takeHeader(held);
  }

  #takeHeader(block: Buffer): void {
    const header = readHeader(block);
    if (header.type === "x") {
      if (header.size > largestPax) throw new PhaseCacheError("unsupported", "a name is too long");
      this.#held = Buffer.allocUnsafe(blockSize + padded(header.size));
      block.copy(this.#held);
      this.#filled = blockSize;
      this.#isExtended = true;
      return;
    }
    const records: PaxRecords = this.#extended?.records ?? new Map();
    const start = this.#extended?.start ?? this.#sink.offset;
    // The mode comes first: the one in the stream may be refused.
    const path = (records.get("path") ?? header.name).replace(/\/$/, "");
    const mode = this.#modes.get(records.get("GNU.sparse.name") ?? path);
    if (mode !== undefined) writeMode(block, mode);
    const member = readMember(mode === undefined ? header : { ...header, mode }, records);
    this.#sink.write(block);
    this.#contents = padded(member.stored);
    this.#extended = null;
    this.entries.push(entryOf(member, start, this.#sink.offset + this.#contents));
  }

  #takeExtended(held: Buffer): void {
    const { name, size } = readHeader(held);
    const records = readPax(held.subarray(blockSize, blockSize + size), name);
    this.#extended = { records, start: this.#sink.offset };
    this.#sink.write(held);
    this.#held = Buffer.allocUnsafe(blockSize);
    this.#isExtended = false;
  }
}

function entryOf({ path, type, mode, size, mtime, target }: Member, start: number, end: number): LayerEntry {
  return { path, type, mode, size, mtime, target, start, end };
}
