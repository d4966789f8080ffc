import type { Search } from "./search.ts";
import type { Zstd } from "./zstd.ts";

/** Memory for one frame: its contents, and its compressed form. It moves to a worker thread and back. */
export interface Slot {
  plain: Uint8Array<ArrayBuffer>;
  packed: Uint8Array<ArrayBuffer>;
}

/** How many bytes of a slot are in use, and the needles found in them (see `Search`). */
export interface Packed {
  length: number;
  hits: number[];
}

export interface Codec {
  /** Compresses the first `length` bytes of `plain` into `packed`. */
  pack(slot: Slot, length: number): Packed;
  /** Decompresses the first `length` bytes of `packed`, which must make exactly `plainLength` bytes of `plain`. */
  unpack(slot: Slot, length: number, plainLength: number): void;
}

/**
 * Compression of single frames, with the content's size and a checksum in each.
 *
 * Worker threads get this function as text: it must not refer to anything outside itself.
 */
export function createCodec(zstd: Zstd, search: Search, level: number): Codec {
  const compression = new zstd.CCtx();
  compression.setParameter(zstd.CParameter.compressionLevel, level);
  compression.setParameter(zstd.CParameter.checksumFlag, 1);
  const decompression = new zstd.DCtx();
  return {
    pack({ plain, packed }, length) {
      const contents = plain.subarray(0, length);
      return { length: compression.compress2(packed, contents), hits: search(contents) };
    },
    unpack({ plain, packed }, length, plainLength) {
      const frame = packed.subarray(0, length);
      const size = zstd.getFrameContentSize(frame);
      if (size !== plainLength) throw new Error(`a frame says that it holds ${size} bytes`);
      const written = decompression.decompress(plain.subarray(0, plainLength), frame);
      if (written !== plainLength) throw new Error(`a frame holds ${written} bytes`);
    },
  };
}
