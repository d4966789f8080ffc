import type { PlainFrame } from "../frames/reader.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { refused, rootOf } from "../index/paths.ts";
import type { Patcher } from "../relocation/patch.ts";
import { blockSize, hasChecksum, padded, readHeader, writeChecksum } from "../tar/header.ts";
import { type Member, readMember } from "../tar/member.ts";
import { largestPax, type PaxRecords, readPax } from "../tar/pax.ts";

/** Bytes of a frame that are to be extracted into a root. */
export interface Run {
  root: string;
  bytes: Buffer;
  /** Whether they begin in the middle of an entry, which the last run of the frame before began. */
  continues: boolean;
}

/** A run that is as long as this ends with the entry. */
const longRun = 256 << 10;

/** What is known of the entry that is being read. */
interface Reading {
  /** The extended header: its contents so far, their length, and how much is to come, padding included. */
  extended: { pieces: Buffer[]; size: number; left: number } | null;
  records: PaxRecords;
  /** Known once all headers are complete; its contents begin at this offset of the stream. */
  member: Member | null;
  contents: number;
}

const nothing: Reading = { extended: null, records: new Map(), member: null, contents: 0 };

/**
 * Lets those parts of a layer's stream through that belong to wanted entries, relocated, and only if tar will make of
 * them exactly what the index says.
 */
export class EntryChecker {
  readonly #entries: readonly LayerEntry[];
  readonly #patcher: Patcher;
  readonly #isLeftOut: (entry: LayerEntry) => boolean;
  #next = 0;
  #ahead = 0;
  #reading: Reading = nothing;

  /**
   * @param entries in the order of the stream, with relocated paths
   * @param isLeftOut which of them are checked, and then not let through
   */
  constructor(entries: readonly LayerEntry[], patcher: Patcher, isLeftOut = (_: LayerEntry) => false) {
    this.#isLeftOut = isLeftOut;
    this.#entries = entries;
    this.#patcher = patcher;
  }

  /** The file that was read last, and where its contents begin in the stream. */
  get current(): { member: Member; contents: number } | null {
    const { member, contents } = this.#reading;
    return member === null ? null : { member, contents };
  }

  /** Whether a wanted entry has a part in these bytes of the stream. To be asked in the stream's order. */
  wants(start: number, end: number): boolean {
    while ((this.#entries[this.#ahead]?.end ?? Infinity) <= start) this.#ahead++;
    return (this.#entries[this.#ahead]?.start ?? Infinity) < end;
  }

  /**
   * Relocates a frame in place, and yields what to extract of it, in order, as soon as it is known to be right.
   * @throws PhaseCacheError `refused` naming the entry, `damaged`
   */
  *check({ bytes, start }: PlainFrame): Generator<Run> {
    let open = null as Omit<Run, "bytes"> | null;
    let [from, to] = [0, 0];
    const end = start + bytes.length;
    for (let entry = this.#entries[this.#next]; entry !== undefined && entry.start < end; ) {
      if (entry.start >= start) this.#reading = { ...nothing };
      const begin = Math.max(entry.start, start) - start;
      const stop = Math.min(entry.end, end) - start;
      this.#checkPart(entry, bytes.subarray(begin, stop), start + begin);
      // What is left out is made from the index, which its headers agree with.
      if (!this.#isLeftOut(entry)) {
        const root = rootOf(entry.path);
        if (open?.root !== root || to !== begin || to - from > longRun) {
          if (open !== null) yield { ...open, bytes: bytes.subarray(from, to) };
          open = { root, continues: entry.start < start };
          from = begin;
        }
        to = stop;
      }
      if (entry.end > end) break;
      if (this.#reading.member === null) throw refused(entry.path, "its header is missing");
      entry = this.#entries[++this.#next];
    }
    if (open !== null) yield { ...open, bytes: bytes.subarray(from, to) };
  }

  #checkPart(entry: LayerEntry, part: Buffer, offset: number): void {
    for (let at = 0; at < part.length; ) {
      const { member, extended } = this.#reading;
      if (member !== null) {
        this.#patcher.patch(part.subarray(at), offset + at);
        return;
      }
      if (extended !== null && extended.left > 0)
        at += this.#checkExtended(entry, part.subarray(at), offset + at);
      else {
        this.#checkHeader(entry, part.subarray(at, at + blockSize), offset + at);
        at += blockSize;
      }
    }
  }

  #checkHeader(entry: LayerEntry, block: Buffer, offset: number): void {
    if (!hasChecksum(block)) throw refused(entry.path, "its header has a wrong checksum");
    if (this.#patcher.patch(block, offset)) writeChecksum(block);
    const reading = this.#reading;
    const header = readHeader(block);
    if (header.type === "x") {
      if (reading.extended !== null || header.size > largestPax || header.size === 0) {
        throw refused(entry.path, "it has an extended header that no layer has");
      }
      reading.extended = { pieces: [], size: header.size, left: padded(header.size) };
      return;
    }
    reading.member = readMember(header, reading.records);
    reading.contents = offset + blockSize;
    const end = reading.contents + padded(reading.member.stored);
    if (end !== entry.end || !agrees(reading.member, entry)) {
      throw refused(entry.path, "its header does not say what the index says");
    }
  }

  /** @returns how many bytes of `part` belong to the extended header */
  #checkExtended(entry: LayerEntry, part: Buffer, offset: number): number {
    const extended = this.#reading.extended!;
    const piece = part.subarray(0, extended.left);
    this.#patcher.patch(piece, offset);
    // The frame's memory is used again before the rest has come.
    extended.pieces.push(Buffer.from(piece));
    extended.left -= piece.length;
    if (extended.left === 0) {
      const payload = Buffer.concat(extended.pieces).subarray(0, extended.size);
      this.#reading.records = readPax(payload, entry.path);
    }
    return piece.length;
  }
}

function agrees(member: Member, entry: LayerEntry): boolean {
  return (["path", "type", "mode", "size", "target"] as const).every(
    (field) => member[field] === entry[field],
  );
}
