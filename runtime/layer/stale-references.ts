import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { type ByteString, fromText, toBytes } from "../util/bytes.ts";
import { heartbeat } from "../util/heartbeat.ts";
import { glance, glanceAt } from "./classification/glance.ts";
import { findInside } from "./classification/inside.ts";
import { largest, type Unpackers } from "./formats/decoders.ts";
import { makeSearch, type Search } from "./relocation/search.ts";

/** A file that still names an output of an older build; `member` when it does so in packed data. */
export interface Leftover {
  file: string;
  member?: string;
}

/** What may be unpacked in all, in bytes: an output that is made of archives must not take minutes. */
const mostUnpacked = 1 << 30;
const pieceSize = 4 << 20;

/**
 * Searches everything below `roots` (names, contents, symlink targets, and what packed files hold) for any of `patterns`.
 * Files that can't be read or unpacked are searched as they are, as far as that goes.
 * @param patterns of at least seven bytes each
 */
export function findLeftovers(
  roots: readonly string[],
  patterns: readonly ByteString[],
  tools: Unpackers,
): Leftover[] {
  const found: Leftover[] = [];
  const search = makeSearch(patterns.map(toBytes));
  const names = new Scanner(search, Math.max(0, ...patterns.map(({ length }) => length)), tools);
  const visit = (path: string, name: string) => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    const target = status?.isSymbolicLink() ? fromText(readlinkSync(path)) : "";
    if (names.isIn(`${fromText(name)}\0${target}`)) found.push({ file: path });
    else if (status?.isFile()) {
      const leftover = names.searchFile(path, status.size);
      if (leftover !== null) found.push(leftover);
    }
    if (status?.isDirectory()) for (const below of readdirSync(path).sort()) visit(join(path, below), below);
  };
  // The roots' own names are this build's.
  for (const root of roots) visit(root, "");
  return found;
}

class Scanner {
  readonly #search: Search;
  readonly #overlap: number;
  readonly #tools: Unpackers;
  readonly #budget = { bytes: mostUnpacked };
  readonly #piece = Buffer.allocUnsafe(pieceSize);

  constructor(search: Search, overlap: number, tools: Unpackers) {
    this.#search = search;
    this.#overlap = overlap;
    this.#tools = tools;
  }

  isIn(text: ByteString): boolean {
    return this.#search(toBytes(text)).length > 0;
  }

  searchFile(file: string, size: number): Leftover | null {
    let fd: number;
    try {
      fd = openSync(file, "r");
    } catch {
      return null;
    }
    try {
      if (this.#searchPlain(fd)) return { file };
      if (size > largest || size === 0 || !this.#isPacked(fd, size)) return null;
      const inside = findInside(
        readFileSync(file),
        (bytes) => this.#search(bytes).length > 0,
        this.#tools,
        this.#budget,
        file,
      );
      return inside === null || inside === "unsearched" ? null : { file, member: inside.member };
    } catch {
      // A file that only looks like an archive.
      return null;
    } finally {
      closeSync(fd);
    }
  }

  #isPacked(fd: number, size: number): boolean {
    const head = this.#piece.subarray(0, readSync(fd, this.#piece, 0, Math.min(size, pieceSize), 0));
    const seen = glanceAt(head, head.length === size);
    return (seen & (glance.packed | glance.partial)) !== 0 || (seen & glance.text) === 0;
  }

  /** Searches an open file from its start, piece by piece; the pieces overlap by a pattern's length. */
  #searchPlain(fd: number): boolean {
    let kept = 0;
    for (let at = 0; ; ) {
      const read = readSync(fd, this.#piece, kept, pieceSize - kept, at);
      if (read === 0) return false;
      at += read;
      heartbeat();
      const end = kept + read;
      if (this.#search(this.#piece.subarray(0, end)).length > 0) return true;
      kept = Math.min(this.#overlap, end);
      this.#piece.copyWithin(0, end - kept, end);
    }
  }
}
