import type { PlainFrame } from "../frames/reader.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { refused, rootOf } from "../index/paths.ts";
import type { Patcher } from "../relocation/patch.ts";
import { reformatEntry } from "../tar/entry.ts";
import { blockSize, hasChecksum, padded, readHeader, writeChecksum, writeMode } from "../tar/header.ts";
import { type Member, readMember } from "../tar/member.ts";
import { largestPax, type PaxRecords, readPax } from "../tar/pax.ts";

/** Consecutive bytes of a frame to extract into a root. */
export interface Chunk {
  root: string;
  bytes: Buffer;
  /** Whether they continue an entry that began in the last chunk. */
  continues: boolean;
}

/** A chunk of at least this many bytes ends with the current entry. */
const longChunk = 256 << 10;

/** The state of the current entry. */
interface CurrentEntry {
  /** The extended header: its contents so far, their full length, and the bytes that are missing, padding included. */
  extended: { pieces: Buffer[]; size: number; left: number } | null;
  records: PaxRecords;
  /** The header, if it has to be replaced. */
  header: Buffer | null;
  /** Null until all headers are complete. */
  member: Member | null;
  /** Where the contents begin in the stream; valid if `member` is not null. */
  contents: number;
}

const noEntry: CurrentEntry = {
  extended: null,
  records: new Map(),
  header: null,
  member: null,
  contents: 0,
};

/**
 * Passes the parts of a layer's stream that belong to wanted entries, relocated, and only if tar will extract exactly
 * what the index describes. Replaces the headers of entries whose metadata come from a later layer.
 */
export class EntryChecker {
  readonly #entries: readonly LayerEntry[];
  readonly #patcher: Patcher;
  readonly #isLeftOut: (entry: LayerEntry) => boolean;
  #next = 0;
  #ahead = 0;
  #current: CurrentEntry = noEntry;

  /**
   * @param entries in stream order, with relocated paths
   * @param isLeftOut whether an entry is checked but not passed on
   */
  constructor(entries: readonly LayerEntry[], patcher: Patcher, isLeftOut = (_: LayerEntry) => false) {
    this.#isLeftOut = isLeftOut;
    this.#entries = entries;
    this.#patcher = patcher;
  }

  /** The last file whose headers are complete, and the offset of its contents in the stream. */
  get current(): { member: Member; contents: number } | null {
    const { member, contents } = this.#current;
    return member === null ? null : { member, contents };
  }

  /** Whether any wanted entry overlaps these bytes of the stream. Must be called in stream order. */
  wants(start: number, end: number): boolean {
    while ((this.#entries[this.#ahead]?.end ?? Infinity) <= start) this.#ahead++;
    return (this.#entries[this.#ahead]?.start ?? Infinity) < end;
  }

  /**
   * Relocates a frame in place, and yields the chunks to extract, in order, as soon as they are checked.
   * @throws PhaseCacheError `refused` naming the entry, `damaged`
   */
  *check({ bytes, start }: PlainFrame): Generator<Chunk> {
    let open = null as Omit<Chunk, "bytes"> | null;
    let [from, to] = [0, 0];
    const end = start + bytes.length;
    for (let entry = this.#entries[this.#next]; entry !== undefined && entry.start < end; ) {
      if (entry.start >= start) this.#current = { ...noEntry };
      const begin = Math.max(entry.start, start) - start;
      const stop = Math.min(entry.end, end) - start;
      const part = bytes.subarray(begin, stop);
      this.#checkPart(entry, part, start + begin);
      // Entries that are left out are made from the index, which their headers match.
      if (!this.#isLeftOut(entry)) {
        const root = rootOf(entry.path);
        const header = this.#replaceHeader(entry, part, start + begin);
        if (header !== null || open?.root !== root || to !== begin || to - from > longChunk) {
          if (open !== null && from < to) yield { ...open, bytes: bytes.subarray(from, to) };
          if (header !== null && header.bytes.length > 0)
            yield { root, bytes: header.bytes, continues: false };
          open = { root, continues: header !== null || entry.start < start };
          from = begin + (header?.replaced ?? 0);
        }
        to = stop;
      }
      if (entry.end > end) break;
      if (this.#current.member === null) throw refused(entry.path, "its header is missing");
      entry = this.#entries[++this.#next];
    }
    if (open !== null && from < to) yield { ...open, bytes: bytes.subarray(from, to) };
  }

  /**
   * Replaces the headers of an entry whose metadata come from a later layer, in place if the new ones have the same length.
   * @param offset that of `part` in the stream
   * @returns what to pass on in place of the first bytes of `part`, and the number of these bytes; null if there is nothing
   *   to replace
   */
  #replaceHeader(
    entry: LayerEntry,
    part: Buffer,
    offset: number,
  ): { bytes: Buffer; replaced: number } | null {
    if (entry.stored === undefined) return null;
    const { member, header, records, contents } = this.#current;
    const keepsTime = entry.stored.mtime === entry.mtime;
    if (member === null) return keepsTime ? null : { bytes: Buffer.alloc(0), replaced: part.length };
    const replaced = contents - offset;
    if (replaced <= 0) return null;
    if (keepsTime) {
      writeMode(part.subarray(replaced - blockSize, replaced), entry.mode);
      return null;
    }
    const bytes = reformatEntry(header!, records, entry);
    if (offset > entry.start || bytes.length !== replaced) return { bytes, replaced };
    part.set(bytes);
    return null;
  }

  #checkPart(entry: LayerEntry, part: Buffer, offset: number): void {
    for (let at = 0; at < part.length; ) {
      const { member, extended } = this.#current;
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
    if (!hasChecksum(block)) throw refused(entry.path, "its header's checksum is wrong");
    if (this.#patcher.patch(block, offset)) writeChecksum(block);
    const current = this.#current;
    const header = readHeader(block);
    if (header.type === "x") {
      if (current.extended !== null || header.size > largestPax || header.size === 0) {
        throw refused(entry.path, "it has an invalid extended header");
      }
      current.extended = { pieces: [], size: header.size, left: padded(header.size) };
      return;
    }
    if (entry.stored !== undefined) current.header = Buffer.from(block);
    current.member = readMember(header, current.records);
    current.contents = offset + blockSize;
    const end = current.contents + padded(current.member.stored);
    if (end !== entry.end || !agrees(current.member, entry)) {
      throw refused(entry.path, "its header does not match the index");
    }
  }

  /** @returns the number of bytes of `part` that belong to the extended header */
  #checkExtended(entry: LayerEntry, part: Buffer, offset: number): number {
    const extended = this.#current.extended!;
    const piece = part.subarray(0, extended.left);
    this.#patcher.patch(piece, offset);
    // Copied, since the frame's memory is reused before the rest arrives.
    extended.pieces.push(Buffer.from(piece));
    extended.left -= piece.length;
    if (extended.left === 0) {
      const payload = Buffer.concat(extended.pieces).subarray(0, extended.size);
      this.#current.records = readPax(payload, entry.path);
    }
    return piece.length;
  }
}

function agrees(member: Member, entry: LayerEntry): boolean {
  return (
    member.mode === (entry.stored?.mode ?? entry.mode) &&
    (["path", "type", "size", "target"] as const).every((field) => member[field] === entry[field])
  );
}
