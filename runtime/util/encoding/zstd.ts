import { createRequire } from "node:module";
import type * as Binding from "zstd-napi/binding.js";
import { damaged, PhaseCacheError } from "../error.ts";

export type Zstd = typeof Binding;

/** Only the native part of zstd-napi is loaded, and only at its first use. */
let loaded: { zstd: Zstd; path: string } | undefined;

/** Returns zstd, and the file from which a worker thread loads it: next to the bundle, or in its package. */
export function loadZstd(): { zstd: Zstd; path: string } {
  if (loaded !== undefined) return loaded;
  // The hook's bundle is a CommonJS script, which has no import.meta.
  const load = createRequire(typeof __filename === "string" ? __filename : import.meta.url);
  const path = resolveBinding(load);
  loaded = { zstd: load(path) as Zstd, path };
  return loaded;
}

function resolveBinding(load: NodeJS.Require): string {
  try {
    return load.resolve("./binding.node");
  } catch {
    return load.resolve("zstd-napi/build/Release/binding.node");
  }
}

/** Reused, because the memory that a context takes outside the heap is freed only in a later turn of the event loop. */
let compressing: Binding.CCtx | undefined;

/** Compresses data into one frame that states its content size and has a checksum. */
export function compressFrame(plain: Uint8Array, level: number): Uint8Array {
  const { zstd } = loadZstd();
  compressing ??= new zstd.CCtx();
  const context = compressing;
  context.setParameter(zstd.CParameter.compressionLevel, level);
  context.setParameter(zstd.CParameter.checksumFlag, 1);
  const packed = new Uint8Array(zstd.compressBound(plain.length));
  return packed.slice(0, context.compress2(packed, plain));
}

/**
 * Decompresses a single frame.
 * @param limit maximum content size: a frame that states a larger one is refused before memory is allocated
 * @throws PhaseCacheError `damaged`
 */
export function decompressFrame(packed: Uint8Array, limit: number): Buffer {
  const { zstd } = loadZstd();
  try {
    const size = zstd.getFrameContentSize(packed);
    if (size === null || size > limit) throw new Error(`its size is ${size ?? "not given"}`);
    const plain = Buffer.allocUnsafe(size);
    const written = zstd.decompress(plain, packed);
    if (written !== size) throw new Error(`it contains ${written} bytes instead of ${size}`);
    return plain;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(`a zstd frame can't be decompressed: ${reason}`, error);
  }
}

/** Thrown for data whose content exceeds a limit. */
export class TooLargeError extends PhaseCacheError {
  constructor(limit: number) {
    super("damaged", `zstd data contains more than ${limit} bytes`);
  }
}

/**
 * Decompresses any zstd data: several frames, with or without content sizes, and skippable frames.
 * @param limit maximum content size, in bytes
 * @throws TooLargeError when the content exceeds the limit
 * @throws PhaseCacheError `damaged`, also when the data is truncated
 */
export function decompressAll(packed: Uint8Array, limit: number): Buffer {
  const { zstd } = loadZstd();
  const context = new zstd.DCtx();
  const pieces: Buffer[] = [];
  let size = 0;
  let missing = 1;
  try {
    for (let rest = packed; rest.length > 0 || missing > 0; ) {
      const piece = Buffer.allocUnsafe(zstd.dStreamOutSize());
      const [hint, produced, consumed] = context.decompressStream(piece, rest);
      if (produced === 0 && consumed === 0) throw new Error("it is truncated");
      missing = hint;
      rest = rest.subarray(consumed);
      size += produced;
      if (size > limit) throw new TooLargeError(limit);
      pieces.push(piece.subarray(0, produced));
    }
  } catch (error) {
    if (error instanceof TooLargeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw damaged(`zstd data can't be decompressed: ${reason}`, error);
  }
  return Buffer.concat(pieces);
}
