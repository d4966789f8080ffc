import { type ByteString, fromBytes } from "../util/bytes.ts";
import { damaged } from "../util/error.ts";
import { decodeTree, encodeTree } from "./codec.ts";
import { differingPart } from "./common-parts.ts";
import { type Entry, isOutput, isTemporary, type Root, type Tree } from "./entry.ts";
import { escapeNames } from "./paths.ts";

/** What `find` is to print of each file: meta, blocks, path below the root, symlink target. */
export const findFormat = "%y %m %T@ %s %C@ %i %D %n\\0%b\\0%P\\0%l\\0";

/** Names in the build directory that are the new derivation's own, or phasecache's. */
const excluded = /^(?:env-vars|\.attrs\.json|\.attrs\.sh|\.attr-[^/]*|\.phasecache-[^/]*)(?:\/|$)/;

/** Names in /tmp and /dev/shm that are phasecache's: sessions, notes of what was there before a restore, staging. */
const ownTemporary = /^\.?phasecache-/;

function isExcluded(prefix: string, below: ByteString): boolean {
  return prefix === "build/"
    ? excluded.test(below)
    : isTemporary(prefix.slice(0, -1)) && ownTemporary.test(below);
}

/** Whether a name in a temporary directory is not a phase's. */
export function isOwnTemporary(name: string): boolean {
  return ownTemporary.test(name);
}

/** What a scan's bytes begin with: `find`'s answer as it is, or a tree that differs from it. */
const [asFound, asTree] = ["f", "t"];

interface Parsed {
  tree: Tree;
  skipped: ByteString[];
}

/** The part of a tree in which it differs from an earlier one, that one's part, and what of it no layer can hold. */
export interface Change extends Parsed {
  before: Tree;
}

/** What a scan found. Most of it is only ever compared with the scan before, so the tree is made when it is asked for. */
export class Scan {
  readonly #found: Buffer;
  readonly #names: readonly Root["name"][];
  #parsed: Parsed | undefined;
  #isAsFound = true;

  /**
   * @param found `find`'s answer with `findFormat`
   * @param names of the roots in it, in order: it does not tell which they are
   */
  constructor(found: Buffer, names: readonly Root["name"][]) {
    this.#found = found;
    this.#names = names;
  }

  get tree(): Tree {
    return this.#parse().tree;
  }

  /** Layer paths of sockets and devices: no layer can hold them. */
  get skipped(): ByteString[] {
    return this.#parse().skipped;
  }

  /** Puts other entries into the tree than were found. */
  update(entries: Iterable<[ByteString, Entry]>): void {
    for (const [path, entry] of entries) this.tree.set(path, entry);
    this.#isAsFound = false;
  }

  /** What has become of `before`. All that is the same at the beginnings and at the ends is left out. */
  since(before: Scan): Change {
    const [names, own] = [before.#names, this.#names];
    const isSame = (count: number) => names.slice(0, count).join() === own.slice(0, count).join();
    const sameRoots = names.length === own.length && isSame(own.length);
    const part = differingPart(before.#found, this.#found, sameRoots);
    if (!before.#isAsFound || !this.#isAsFound || !isSame(part.roots))
      return { before: before.tree, tree: this.tree, skipped: this.skipped };
    const { start, endA, endB, roots } = part;
    const old = parseListing(fromBytes(before.#found.subarray(start, endA)), names, roots - 1);
    const now = parseListing(fromBytes(this.#found.subarray(start, endB)), own, roots - 1);
    return { before: old.tree, ...now };
  }

  /** This scan, and behind it one of other roots. */
  followedBy(other: Scan): Scan {
    if (other.#names.length === 0) return this;
    if (this.#isAsFound && other.#isAsFound)
      return new Scan(Buffer.concat([this.#found, other.#found]), [...this.#names, ...other.#names]);
    const both = new Scan(Buffer.alloc(0), []);
    both.#parsed = {
      tree: new Map([...this.tree, ...other.tree]),
      skipped: [...this.skipped, ...other.skipped],
    };
    both.#isAsFound = false;
    return both;
  }

  /** For a scratch file that only the same build reads: see `decode`. */
  encode(): Buffer {
    if (!this.#isAsFound) return Buffer.concat([Buffer.from(asTree), encodeTree(this.tree)]);
    return Buffer.concat([this.#head(), this.#found]);
  }

  /** Whether the scan that `before` encodes found exactly the same: told without looking at each file's entry. */
  isSame(before: Uint8Array): boolean {
    const head = this.#head();
    return (
      this.#isAsFound &&
      head.equals(before.subarray(0, head.length)) &&
      this.#found.equals(before.subarray(head.length))
    );
  }

  /** @throws PhaseCacheError `damaged` when the scratch file was cut short */
  static decode(bytes: Uint8Array): Scan {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (buffer.toString("latin1", 0, 1) === asTree) {
      const scan = new Scan(Buffer.alloc(0), []);
      scan.#parsed = { tree: decodeTree(buffer.subarray(1)), skipped: [] };
      scan.#isAsFound = false;
      return scan;
    }
    const end = buffer.indexOf("\0\0");
    const names = buffer.toString("latin1", 1, end).split("\0") as Root["name"][];
    return new Scan(buffer.subarray(end + 2), names);
  }

  /** What comes before `find`'s answer. */
  #head(): Buffer {
    return Buffer.from(`${asFound}${this.#names.join("\0")}\0\0`);
  }

  #parse(): Parsed {
    this.#parsed ??= parseListing(fromBytes(this.#found), this.#names);
    return this.#parsed;
  }
}

/**
 * @param started index of the root that the first entry is in; -1 when it is a root
 * @throws PhaseCacheError `damaged` when `text` does not end with an entry
 */
function parseListing(text: ByteString, names: readonly Root["name"][], started = -1): Parsed {
  const tree: Tree = new Map();
  const skipped: ByteString[] = [];
  const fields = text.split("\0");
  if (fields.length % 4 !== 1) throw damaged("a list of files is incomplete");
  const prefixOf = (name: Root["name"]) => (isOutput(name) ? name : `${name}/`);
  let root = started;
  let prefix: string = started < 0 ? "" : prefixOf(names[started]!);
  for (let i = 0; i + 4 < fields.length; i += 4) {
    const meta = fields[i]!;
    const below = fields[i + 2]!;
    if (below === "") {
      const name = names[++root]!;
      prefix = prefixOf(name);
      if (!isOutput(name)) continue;
    } else if (isExcluded(prefix, below)) continue;
    const path = below === "" ? prefix : prefix + (prefix.endsWith("/") ? "" : "/") + escapeNames(below);
    if ("fdlp".includes(meta[0]!)) tree.set(path, { meta, blocks: fields[i + 1]!, target: fields[i + 3]! });
    else skipped.push(path);
  }
  return { tree, skipped };
}
