import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { type ByteString, fromText, toBytes } from "../util/bytes.ts";
import { heartbeat } from "../util/heartbeat.ts";
import { contentFlag, contentFlagsOf } from "./classification/content-flags.ts";
import { findInside } from "./classification/inside.ts";
import { largest, type Unpackers } from "./formats/decoders.ts";
import { makeSearch, type Search } from "./relocation/search.ts";

/** A file that still names an output of an earlier build; `member` if the name is in packed data. */
export interface StaleReference {
  file: string;
  member?: string;
}

/** Bytes unpacked in total, at most: an output that consists of archives must not take minutes. */
const maxUnpacked = 1 << 30;
const pieceSize = 4 << 20;

/**
 * Searches everything below `roots` for any of `patterns`: names, contents, symlink targets and the contents of packed
 * files. Unreadable files are skipped. Files that can't be unpacked are searched without unpacking.
 * @param patterns at least seven bytes each
 */
export function findStaleReferences(
  roots: readonly string[],
  patterns: readonly ByteString[],
  tools: Unpackers,
): StaleReference[] {
  const found: StaleReference[] = [];
  const search = makeSearch(patterns.map(toBytes));
  const scanner = new Scanner(search, Math.max(0, ...patterns.map(({ length }) => length)), tools);
  const visit = (path: string, name: string) => {
    const status = lstatSync(path, { throwIfNoEntry: false });
    const target = status?.isSymbolicLink() ? fromText(readlinkSync(path)) : "";
    if (scanner.isIn(`${fromText(name)}\0${target}`)) found.push({ file: path });
    else if (status?.isFile()) {
      const reference = scanner.searchFile(path, status.size);
      if (reference !== null) found.push(reference);
    }
    if (status?.isDirectory()) for (const below of readdirSync(path).sort()) visit(join(path, below), below);
  };
  // The roots' own names need no search: they are this build's.
  for (const root of roots) visit(root, "");
  return found;
}

class Scanner {
  readonly #search: Search;
  readonly #overlap: number;
  readonly #tools: Unpackers;
  readonly #budget = { bytes: maxUnpacked };
  readonly #piece = Buffer.allocUnsafe(pieceSize);

  constructor(search: Search, overlap: number, tools: Unpackers) {
    this.#search = search;
    this.#overlap = overlap;
    this.#tools = tools;
  }

  isIn(text: ByteString): boolean {
    return this.#search(toBytes(text)).length > 0;
  }

  searchFile(file: string, size: number): StaleReference | null {
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
      // The file only looks like an archive.
      return null;
    } finally {
      closeSync(fd);
    }
  }

  #isPacked(fd: number, size: number): boolean {
    const head = this.#piece.subarray(0, readSync(fd, this.#piece, 0, Math.min(size, pieceSize), 0));
    const flags = contentFlagsOf(head, head.length === size);
    return (flags & (contentFlag.packed | contentFlag.partial)) !== 0 || (flags & contentFlag.text) === 0;
  }

  /** Searches an open file from its start, in pieces that overlap by the longest pattern's length. */
  #searchPlain(fd: number): boolean {
    let carried = 0;
    for (let at = 0; ; ) {
      const read = readSync(fd, this.#piece, carried, pieceSize - carried, at);
      if (read === 0) return false;
      at += read;
      heartbeat();
      const end = carried + read;
      if (this.#search(this.#piece.subarray(0, end)).length > 0) return true;
      carried = Math.min(this.#overlap, end);
      this.#piece.copyWithin(0, end - carried, end);
    }
  }
}
