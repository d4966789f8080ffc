import { randomFillSync } from "node:crypto";
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const piece = 4 << 20;

/** Fills a buffer with bytes that compress to about half, like object files; no two buffers are equal. */
function fill(bytes: Buffer): void {
  const half = bytes.length >> 1;
  randomFillSync(bytes, 0, half);
  // Every other run of 64 bytes is zeros, the rest is random.
  for (let at = half - 64; at >= 0; at -= 64) {
    bytes.copy(bytes, 2 * at, at, at + 64);
    bytes.fill(0, 2 * at + 64, 2 * at + 128);
  }
}

/** Writes a file of `size` bytes without holes. */
export function writeLargeFile(path: string, size: number): void {
  const fd = openSync(path, "w");
  const bytes = Buffer.alloc(piece);
  for (let left = size; left > 0; left -= piece) {
    fill(bytes);
    writeSync(fd, bytes, 0, Math.min(piece, left));
  }
  closeSync(fd);
}

/** Writes a file of `size` bytes with data in the first and the last megabyte and a hole between them. */
export function writeSparseFile(path: string, size: number): void {
  const fd = openSync(path, "w");
  const bytes = Buffer.alloc(1 << 20);
  fill(bytes);
  ftruncateSync(fd, size);
  writeSync(fd, bytes, 0, bytes.length, 0);
  writeSync(fd, bytes, 0, bytes.length, size - bytes.length);
  closeSync(fd);
}

/** Writes `count` files of 2 KiB, a hundred in each directory. */
export function writeManyFiles(directory: string, count: number): void {
  const bytes = Buffer.alloc(2048);
  for (let i = 0; i < count; i++) {
    const folder = join(directory, `d${Math.floor(i / 100)}`);
    if (i % 100 === 0) mkdirSync(folder);
    fill(bytes);
    writeFileSync(join(folder, `file-${i}`), bytes);
  }
}
