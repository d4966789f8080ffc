import type { Zstd } from "../../util/encoding/zstd.ts";
import type { Slot } from "./slot.ts";

/**
 * Decompression of single frames (see `Pool`).
 *
 * Worker threads get this function as text: it must not refer to anything outside itself.
 */
export function makeUnpack(zstd: Zstd): (slot: Slot, length: number, plainLength: number) => void {
  const decompression = new zstd.DCtx();
  return ({ plain, packed }, length, plainLength) => {
    const frame = packed.subarray(0, length);
    const size = zstd.getFrameContentSize(frame);
    if (size !== plainLength) throw new Error(`a frame says that it holds ${size} bytes`);
    const written = decompression.decompress(plain.subarray(0, plainLength), frame);
    if (written !== plainLength) throw new Error(`a frame holds ${written} bytes`);
  };
}
