import { loadZstd } from "../../util/encoding/zstd.ts";
import { frameSize } from "../index/layer-index.ts";

/** Memory for one frame: its contents, and its compressed form. It moves to a worker thread and back. */
export interface Slot {
  plain: Uint8Array<ArrayBuffer>;
  packed: Uint8Array<ArrayBuffer>;
}

export function newSlot(): Slot {
  const { zstd } = loadZstd();
  return { plain: new Uint8Array(frameSize), packed: new Uint8Array(zstd.compressBound(frameSize)) };
}
