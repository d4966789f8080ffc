/**
 * Unpacks at most `limit` bytes of an LZ4 frame (LZ4 frame format 1.6; block format). Ignores checksums.
 * @throws RangeError when it is damaged, or in another format
 */
export function unpackLz4(bytes: Buffer, limit: number): Buffer {
  const flags = bytes.readUInt8(4);
  const [hasSize, hasDictionary, blockChecksums] = [flags & 8, flags & 1, flags & 16];
  let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  const out = new Output(limit);
  while (!out.full) {
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const length = size & 0x7fffffff;
    const block = bytes.subarray(at, at + length);
    if (block.length < length) throw new RangeError("the end is missing");
    if (size >>> 31 === 1) out.put(block);
    else unpackBlock(block, out);
    at += length + (blockChecksums ? 4 : 0);
  }
  return out.bytes;
}

/** A buffer that grows up to a limit. Bytes beyond it are dropped. */
class Output {
  #memory = Buffer.allocUnsafe(64 << 10);
  #length = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#length >= this.#limit;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  put(piece: Buffer): void {
    const part = piece.subarray(0, this.#limit - this.#length);
    this.#reserve(part.length);
    part.copy(this.#memory, this.#length);
    this.#length += part.length;
  }

  /** Appends `length` bytes from `distance` bytes back. Source and target may overlap. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError("a match begins before the start");
    const end = Math.min(this.#limit, this.#length + length);
    this.#reserve(end - this.#length);
    for (; this.#length < end; this.#length++)
      this.#memory[this.#length] = this.#memory[this.#length - distance]!;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#memory.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#memory.length, this.#length + more));
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#memory = larger;
  }
}

function unpackBlock(block: Buffer, out: Output): void {
  let at = 0;
  const extended = (start: number) => {
    let length = start;
    if (start !== 15) return length;
    for (let byte = 255; byte === 255; ) {
      byte = block.readUInt8(at++);
      length += byte;
    }
    return length;
  };
  while (at < block.length && !out.full) {
    const token = block.readUInt8(at++);
    const literals = extended(token >> 4);
    out.put(block.subarray(at, at + literals));
    at += literals;
    if (at >= block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    out.repeat(distance, extended(token & 15) + 4);
  }
}
