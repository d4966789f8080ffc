import { lstatSync } from "node:fs";
import {
  type Details,
  detailsOf,
  type Entry,
  modeOf,
  type Root,
  type Tree,
  typeOf,
} from "../../tree/entry.ts";
import { unescapeNames } from "../../tree/paths.ts";
import { type ByteString, fromText, printable, toBytes } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { contentFlagsOf } from "../classification/content-flags.ts";
import type { FrameWriter } from "../frames/writer.ts";
import type { EntryType, LayerEntry, MetadataEntry } from "../index/layer-index.ts";
import { isLayerPath, refused, rootOf } from "../index/paths.ts";
import { formatEntry } from "../tar/entry.ts";
import { padded } from "../tar/header.ts";
import { copyContents } from "./contents.ts";

/** The system's maximum path length, without the trailing NUL (PATH_MAX). */
const longestPath = 4095;

/**
 * Writes entries of files into a layer. Metadata comes from the scan; only contents, and times before 1970, from
 * disk.
 */
export class EntryWriter {
  readonly entries: LayerEntry[] = [];
  /** For each entry its `contentFlag`s; 0 unless it is a regular file. */
  readonly contentFlags: number[] = [];
  readonly metadata: MetadataEntry[] = [];
  readonly #writer: FrameWriter;
  /** Paths of the roots on disk, by name. */
  readonly #rootPaths: ReadonlyMap<string, ByteString>;
  readonly #tree: Tree;
  readonly #modes: ReadonlyMap<ByteString, number>;
  /** The first name of each file with hard links, by root and identity. */
  readonly #names = new Map<string, ByteString>();

  /** @param modes overrides of the tree's modes, by layer path */
  constructor(
    writer: FrameWriter,
    { roots, tree }: { roots: readonly Root[]; tree: Tree },
    modes: ReadonlyMap<ByteString, number>,
  ) {
    this.#writer = writer;
    this.#rootPaths = new Map(roots.map((root) => [root.name, fromText(root.path)]));
    this.#tree = tree;
    this.#modes = modes;
  }

  /**
   * @throws PhaseCacheError `refused` for a file that no restore would accept, `unsupported` for a path that is too
   *   long, `conflict` for a file that has changed since the scan
   */
  add(path: ByteString): void {
    const entry = this.#tree.get(path)!;
    const disk = this.#diskPath(path);
    if (disk.length > longestPath) {
      throw new PhaseCacheError("unsupported", `${printable(path.slice(0, 80))}…: its path is too long`);
    }
    if (!isLayerPath(path)) throw refused(path, "its name is not a path in a root");
    const start = this.#writer.offset;
    const details = detailsOf(entry);
    const described = this.#describe(path, entry, details);
    described.mtime = nanoseconds(details.mtime) ?? readMtime(disk);
    this.#writer.write(formatEntry(described));
    let flags = 0;
    if (described.type === "f") {
      const { size } = described;
      copyContents({ path: disk, size, ctime: details.ctime }, this.#writer, (bytes, isComplete) => {
        flags = contentFlagsOf(bytes, isComplete);
      });
      this.#writer.pad(padded(size) - size);
    }
    described.start = start;
    described.end = this.#writer.offset;
    this.entries.push(described);
    this.contentFlags.push(flags);
  }

  /**
   * Adds the metadata of a file whose contents an earlier layer has. Its other names become hard links to it.
   * @throws PhaseCacheError `refused` for a file that no restore would accept
   */
  addMetadata(path: ByteString): void {
    const entry = this.#tree.get(path)!;
    const details = detailsOf(entry);
    const { mode, size } = this.#describe(path, entry, details);
    const mtime = nanoseconds(details.mtime) ?? readMtime(this.#diskPath(path));
    this.metadata.push({ path, mode, size, mtime });
  }

  #diskPath(path: ByteString): Buffer {
    const root = rootOf(path);
    return toBytes(this.#rootPaths.get(root)! + unescapeNames(path.slice(root.length)));
  }

  /** Describes a file, except for its mtime and its offsets in the stream. */
  #describe(path: ByteString, entry: Entry, details: Details): LayerEntry {
    const mode = this.#modes.get(path) ?? modeOf(entry);
    if (mode > 0o1777) throw refused(path, "it is setuid or setgid");
    const type = typeOf(entry) as EntryType;
    const rest = { mtime: "", start: 0, end: 0 };
    if (type !== "d" && details.links > 1) {
      const file = `${rootOf(path)} ${details.identity}`;
      const first = this.#names.get(file);
      if (first !== undefined) return { path, type: "h", mode, size: 0, target: first, ...rest };
      this.#names.set(file, path);
    }
    return { path, type, mode, size: type === "f" ? details.size : 0, target: entry.target, ...rest };
  }
}

function readMtime(disk: Buffer): string {
  return String(lstatSync(disk, { bigint: true }).mtimeNs);
}

/** Converts a time as `find` prints it into nanoseconds since the epoch, in decimal; null for times before 1970. */
function nanoseconds(time: string): string | null {
  if (time.startsWith("-")) return null;
  const dot = time.indexOf(".");
  const digits = time.slice(0, dot) + time.slice(dot + 1, dot + 10);
  return digits.startsWith("0") ? digits.replace(/^0+(?=\d)/, "") : digits;
}
