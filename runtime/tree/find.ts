import { type ByteString, fromBytes, toBytes } from "../util/bytes.ts";
import { damaged } from "../util/error.ts";
import { differingPart } from "./differing-part.ts";
import { type Entry, isOutput, isTemporary, type Root, type Tree } from "./entry.ts";
import { escapeNames } from "./paths.ts";

/** What `find` prints for each file: meta, blocks, path below the root, symlink target. */
export const findFormat = "%y %m %T@ %s %C@ %i %D %n\\0%b\\0%P\\0%l\\0";

/** Names in the build directory that no snapshot contains: Nix, stdenv or phasecache write them for each build. */
const excluded = /^(?:env-vars|\.attrs\.json|\.attrs\.sh|\.attr-[^/]*|\.phasecache-[^/]*)(?:\/|$)/;

/** Names of phasecache in /tmp and /dev/shm: sessions, backups of a restore, staging. */
const ownTemporary = /^\.?phasecache-/;

function isExcluded(prefix: string, below: ByteString): boolean {
  return prefix === "build/"
    ? excluded.test(below)
    : isTemporary(prefix.slice(0, -1)) && ownTemporary.test(below);
}

/** Whether phasecache, and not a phase, made this file in a temporary directory. */
export function isOwnTemporary(name: string): boolean {
  return ownTemporary.test(name);
}

/** The first byte of an encoded scan: `find`'s unmodified output follows, or a tree. */
const [rawTag, treeTag] = ["f", "t"];

interface Parsed {
  tree: Tree;
  skipped: ByteString[];
}

/** The part of a tree that differs from an earlier tree, and the corresponding part of the earlier tree. */
interface Change extends Parsed {
  before: Tree;
}

/** The result of a scan. Most scans are only compared with the previous one, so the output is parsed on demand. */
export class Scan {
  readonly #output: Buffer;
  readonly #names: readonly Root["name"][];
  #parsed: Parsed | undefined;
  /** Whether `#output` is `find`'s unmodified output, so that it stands for the tree. */
  #isRaw = true;

  /**
   * @param output `find`'s output with `findFormat`
   * @param names of its roots, in order: the output does not contain them
   */
  constructor(output: Buffer, names: readonly Root["name"][]) {
    this.#output = output;
    this.#names = names;
  }

  get tree(): Tree {
    return this.#parse().tree;
  }

  /** Layer paths of sockets and devices, which no layer can contain. */
  get skipped(): ByteString[] {
    return this.#parse().skipped;
  }

  /** Replaces entries of the tree. */
  update(entries: Iterable<[ByteString, Entry]>): void {
    for (const [path, entry] of entries) this.tree.set(path, entry);
    this.#isRaw = false;
  }

  /** Returns the parts in which this scan and `before` differ, without what is equal at their beginnings and ends. */
  since(before: Scan): Change {
    const [names, own] = [before.#names, this.#names];
    const isSame = (count: number) => names.slice(0, count).join() === own.slice(0, count).join();
    const sameRoots = names.length === own.length && isSame(own.length);
    const part = differingPart(before.#output, this.#output, sameRoots);
    if (!before.#isRaw || !this.#isRaw || !isSame(part.roots))
      return { before: before.tree, tree: this.tree, skipped: this.skipped };
    const { start, endA, endB, roots } = part;
    const old = parseListing(fromBytes(before.#output.subarray(start, endA)), names, roots - 1);
    const now = parseListing(fromBytes(this.#output.subarray(start, endB)), own, roots - 1);
    return { before: old.tree, ...now };
  }

  /** Returns a scan of this one's roots, followed by those of `other`. */
  concat(other: Scan): Scan {
    if (other.#names.length === 0) return this;
    if (this.#isRaw && other.#isRaw)
      return new Scan(Buffer.concat([this.#output, other.#output]), [...this.#names, ...other.#names]);
    const both = new Scan(Buffer.alloc(0), []);
    both.#parsed = {
      tree: new Map([...this.tree, ...other.tree]),
      skipped: [...this.skipped, ...other.skipped],
    };
    both.#isRaw = false;
    return both;
  }

  /** Encodes the scan for a temporary file that only the same build reads. */
  encode(): Buffer {
    if (!this.#isRaw) return Buffer.concat([Buffer.from(treeTag), encodeTree(this.tree)]);
    return Buffer.concat([this.#head(), this.#output]);
  }

  /** Whether the encoded scan `before` is equal to this one. Compares bytes, without parsing them. */
  isSame(before: Uint8Array): boolean {
    const head = this.#head();
    return (
      this.#isRaw &&
      head.equals(before.subarray(0, head.length)) &&
      this.#output.equals(before.subarray(head.length))
    );
  }

  /**
   * Decodes what `encode` returned.
   * @throws PhaseCacheError `damaged` when the temporary file is truncated
   */
  static decode(bytes: Uint8Array): Scan {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (buffer.toString("latin1", 0, 1) === treeTag) {
      const scan = new Scan(Buffer.alloc(0), []);
      scan.#parsed = { tree: decodeTree(buffer.subarray(1)), skipped: [] };
      scan.#isRaw = false;
      return scan;
    }
    const end = buffer.indexOf("\0\0");
    const names = buffer.toString("latin1", 1, end).split("\0") as Root["name"][];
    return new Scan(buffer.subarray(end + 2), names);
  }

  /** The tag and the names of the roots, which precede `find`'s output. */
  #head(): Buffer {
    return Buffer.from(`${rawTag}${this.#names.join("\0")}\0\0`);
  }

  #parse(): Parsed {
    this.#parsed ??= parseListing(fromBytes(this.#output), this.#names);
    return this.#parsed;
  }
}

/** Encodes a tree as NUL-terminated fields, four for each entry. */
function encodeTree(tree: Tree): Uint8Array {
  const fields: ByteString[] = [];
  for (const [path, { meta, blocks, target }] of tree) fields.push(path, meta, blocks, target);
  fields.push("");
  return toBytes(fields.join("\0"));
}

/** @throws PhaseCacheError `damaged` when the temporary file is truncated */
function decodeTree(bytes: Uint8Array): Tree {
  const fields = fromBytes(bytes).split("\0");
  if (fields.length % 4 !== 1) throw damaged("the tree's temporary file is incomplete");
  const tree: Tree = new Map();
  for (let i = 0; i + 4 < fields.length; i += 4) {
    tree.set(fields[i]!, { meta: fields[i + 1]!, blocks: fields[i + 2]!, target: fields[i + 3]! });
  }
  return tree;
}

/**
 * Parses `find`'s output, or a part of it.
 * @param firstRoot index of the root that the first entry is in; -1 when the first entry is a root itself
 * @throws PhaseCacheError `damaged` when `text` does not end with a complete entry
 */
function parseListing(text: ByteString, names: readonly Root["name"][], firstRoot = -1): Parsed {
  const tree: Tree = new Map();
  const skipped: ByteString[] = [];
  const fields = text.split("\0");
  if (fields.length % 4 !== 1) throw damaged("the output of find is incomplete");
  const prefixOf = (name: Root["name"]) => (isOutput(name) ? name : `${name}/`);
  let root = firstRoot;
  let prefix: string = firstRoot < 0 ? "" : prefixOf(names[firstRoot]!);
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
