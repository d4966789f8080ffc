import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { beat } from "../util/beat.ts";
import { type ByteString, fromText } from "../util/bytes.ts";
import { largest, membersOf } from "./members.ts";

/** A file that still names an output of an older build; `member` when it does so inside an archive. */
export interface Leftover {
  file: string;
  member?: string;
}

/**
 * Searches everything below `roots` (file contents, symlink targets, and the contents of gzip, xz, zstd and zip files)
 * for any of `needles`. Files that can't be read or unpacked are searched as they are, as far as that goes.
 * @param xz the program's absolute path; without one xz files are searched as they are
 */
export function findLeftovers(
  roots: readonly string[],
  needles: readonly ByteString[],
  xz: string | null,
): Leftover[] {
  const found: Leftover[] = [];
  const wanted = needles.map((needle) => Buffer.from(needle, "latin1"));
  const visit = (path: string) => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else if (status?.isSymbolicLink()) {
      if (has(Buffer.from(fromText(readlinkSync(path)), "latin1"), wanted)) found.push({ file: path });
    } else if (status?.isFile()) {
      const leftover = searchFile(path, status.size, wanted, xz);
      if (leftover !== null) found.push(leftover);
    }
  };
  for (const root of roots) visit(root);
  return found;
}

/** Whether any of `needles` is in `bytes`. */
export function has(bytes: Buffer, needles: readonly Buffer[]): boolean {
  return needles.some((needle) => bytes.includes(needle));
}

function searchFile(
  file: string,
  size: number,
  needles: readonly Buffer[],
  xz: string | null,
): Leftover | null {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return null;
  }
  try {
    const head = Buffer.alloc(6);
    readSync(fd, head, 0, 6, 0);
    if (searchPlain(fd, needles)) return { file };
    const unpack = size <= largest ? membersOf(head) : null;
    const hit = unpack?.(readFileSync(file), xz).find(({ bytes }) => has(bytes, needles));
    return hit === undefined ? null : { file, member: hit.name };
  } catch {
    // A file that only looks like an archive.
    return null;
  } finally {
    closeSync(fd);
  }
}

/** Searches an open file from its start, piece by piece; the pieces overlap by a needle's length. */
function searchPlain(fd: number, needles: readonly Buffer[]): boolean {
  const overlap = Math.max(...needles.map(({ length }) => length));
  const piece = Buffer.allocUnsafe(4 << 20);
  let kept = 0;
  for (let at = 0; ; ) {
    const read = readSync(fd, piece, kept, piece.length - kept, at);
    if (read === 0) return false;
    at += read;
    beat();
    const end = kept + read;
    if (has(piece.subarray(0, end), needles)) return true;
    kept = Math.min(overlap, end);
    piece.copyWithin(0, end - kept, end);
  }
}
