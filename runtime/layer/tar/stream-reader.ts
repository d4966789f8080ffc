import { PhaseCacheError } from "../../util/error.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { blockSize, padded, readHeader, writeMode } from "./header.ts";
import { type Member, readMember } from "./member.ts";
import { largestPax, type PaxRecords, readPax } from "./pax.ts";

/** The type of an extended header. */
const extendedType = "x".charCodeAt(0);

/** Receives the stream without its end-of-archive blocks. */
export interface Output {
  /** Bytes written so far. */
  readonly offset: number;
  write(bytes: Uint8Array): void;
}

/**
 * Passes a tar stream on into a layer: collects an entry for each file, and replaces the modes of files that were
 * unlocked while tar read them.
 */
export class TarReader {
  readonly entries: LayerEntry[] = [];
  readonly #output: Output;
  readonly #modes: ReadonlyMap<string, number>;
  /** An incomplete header, or an extended header with its incomplete contents. */
  #buffer: Buffer = Buffer.allocUnsafe(blockSize);
  #filled = 0;
  #extended: { records: PaxRecords; start: number } | null = null;
  #isExtended = false;
  /** Remaining bytes of contents and padding. */
  #contents = 0;
  #ended = false;

  /** @param modes overrides of the modes in the stream, by layer path */
  constructor(output: Output, modes: ReadonlyMap<string, number>) {
    this.#output = output;
    this.#modes = modes;
  }

  /** @throws PhaseCacheError `refused` for a file that no restore would accept */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.#ended; ) {
      if (this.#contents > 0) {
        const length = Math.min(this.#contents, piece.length - at);
        this.#output.write(piece.subarray(at, at + length));
        this.#contents -= length;
        at += length;
        continue;
      }
      const length = Math.min(this.#buffer.length - this.#filled, piece.length - at);
      this.#buffer.set(piece.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === this.#buffer.length) this.#take();
    }
  }

  /** Must be called after each stream, before the next one begins. */
  endStream(): void {
    if (!this.#ended) throw new PhaseCacheError("tool-failed", "tar's output ends in the middle of a file");
    this.#ended = false;
  }

  #take(): void {
    const block = this.#buffer;
    this.#filled = 0;
    if (this.#isExtended) {
      this.#takeExtended(block);
      return;
    }
    const isFileHeader = block[0] !== 0 && block[156] !== extendedType;
    if (this.#extended !== null && !isFileHeader) {
      throw new PhaseCacheError("tool-failed", "tar wrote an extended header without a file");
    }
    if (block[0] === 0) this.#ended = true;
    else this.#takeHeader(block);
  }

  #takeHeader(block: Buffer): void {
    const header = readHeader(block);
    if (header.type === "x") {
      if (header.size > largestPax) throw new PhaseCacheError("unsupported", "a name is too long");
      this.#buffer = Buffer.allocUnsafe(blockSize + padded(header.size));
      block.copy(this.#buffer);
      this.#filled = blockSize;
      this.#isExtended = true;
      return;
    }
    const records: PaxRecords = this.#extended?.records ?? new Map();
    const start = this.#extended?.start ?? this.#output.offset;
    // Replaced before the check in `readMember`, which may refuse the mode in the stream.
    const path = (records.get("path") ?? header.name).replace(/\/$/, "");
    const mode = this.#modes.get(records.get("GNU.sparse.name") ?? path);
    if (mode !== undefined) writeMode(block, mode);
    const member = readMember(mode === undefined ? header : { ...header, mode }, records);
    this.#output.write(block);
    this.#contents = padded(member.stored);
    this.#extended = null;
    this.entries.push(entryOf(member, start, this.#output.offset + this.#contents));
  }

  #takeExtended(block: Buffer): void {
    const { name, size } = readHeader(block);
    const records = readPax(block.subarray(blockSize, blockSize + size), name);
    this.#extended = { records, start: this.#output.offset };
    this.#output.write(block);
    this.#buffer = Buffer.allocUnsafe(blockSize);
    this.#isExtended = false;
  }
}

function entryOf({ path, type, mode, size, mtime, target }: Member, start: number, end: number): LayerEntry {
  return { path, type, mode, size, mtime, target, start, end };
}
