/** `SHF_COMPRESSED` (System V gABI, "Sections"). */
const compressedFlag = 0x800;
const noBits = 8;
/** Maximum number of section headers that are read. */
const maxSections = 100_000;

/** A section of an ELF file; offsets and sizes are bytes in the file. */
export interface Section {
  /** Offset of the name in the section name table. */
  name: number;
  compressed: boolean;
  offset: number;
  size: number;
}

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Whether an ELF file is of the 32-bit class, whose code splits strings into pieces of four bytes. */
export function isElf32(bytes: Uint8Array): boolean {
  return isElf(bytes) && bytes[4] === 1;
}

/** Reads numbers from an ELF file of either class and byte order (System V gABI). @throws RangeError beyond its end */
class Reader {
  readonly wide: boolean;
  readonly #bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.wide = bytes[4] === 2;
    this.#little = bytes[5] !== 2;
  }

  half(at: number): number {
    return this.#little ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  word(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** Reads an address or size, whose length depends on the class. */
  address(at: number): number {
    if (!this.wide) return this.word(at);
    // Without a BigInt, since trees have a hundred thousand sections.
    const [low, high] = this.#little ? [at, at + 4] : [at + 4, at];
    return this.word(low) + this.word(high) * 2 ** 32;
  }
}

/**
 * Returns the sections of a complete ELF file, and the end of the last section or header; of a damaged one, those
 * that can be read.
 */
export function sectionsOf(bytes: Buffer): { sections: Section[]; end: number } {
  const sections: Section[] = [];
  let end = 0;
  try {
    const read = new Reader(bytes);
    const table = read.address(read.wide ? 40 : 32);
    const [size, count] = [read.half(read.wide ? 58 : 46), read.half(read.wide ? 60 : 48)];
    for (let i = 0; i < Math.min(count, maxSections); i++) {
      const at = table + i * size;
      const field = (narrow: number, wide: number) => read.address(at + (read.wide ? wide : narrow));
      const section = {
        name: read.word(at),
        compressed: (field(8, 8) & compressedFlag) !== 0,
        offset: field(16, 24),
        size: read.word(at + 4) === noBits ? 0 : field(20, 32),
      };
      sections.push(section);
      end = Math.max(end, section.offset + section.size, at + size);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { sections, end };
}

/** Returns the format and the compressed contents of a compressed section; null if it is not compressed. */
export function packedSection(
  bytes: Buffer,
  { compressed, offset, size }: Section,
): { format: "zlib" | "zstd"; packed: Buffer } | null {
  // The format that binutils wrote before the flag existed: "ZLIB" and the size in eight bytes.
  const isOld = size >= 4 && offset + 4 <= bytes.length && bytes.readUInt32BE(offset) === 0x5a4c4942;
  if (!compressed && !isOld) return null;
  const contents = bytes.subarray(offset, offset + size);
  if (compressed) {
    const read = new Reader(bytes);
    if (contents.length < 24) return null;
    const type = read.word(offset);
    const packed = contents.subarray(read.wide ? 24 : 12);
    return type === 1 ? { format: "zlib", packed } : type === 2 ? { format: "zstd", packed } : null;
  }
  return { format: "zlib", packed: contents.subarray(12) };
}

/** Whether any section of an ELF file is compressed. */
export function hasPackedSections(bytes: Buffer): boolean {
  return sectionsOf(bytes).sections.some((section) => packedSection(bytes, section) !== null);
}
