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
import { glanceAt } from "../classification/glance.ts";
import type { FrameWriter } from "../frames/writer.ts";
import type { EntryType, LayerEntry } from "../index/layer-index.ts";
import { isLayerPath, refused, rootOf } from "../index/paths.ts";
import { formatEntry } from "../tar/entry.ts";
import { padded } from "../tar/header.ts";
import { copyContents } from "./contents.ts";

/** The longest path that the system takes, without the NUL at its end (PATH_MAX). */
const longestPath = 4095;

/** Writes entries of files as they stand in a tree; only contents come from the disk. */
export class EntryWriter {
  readonly entries: LayerEntry[] = [];
  /** What a glance tells of each of them (see glance.ts); 0 for what is no regular file. */
  readonly glances: number[] = [];
  readonly #writer: FrameWriter;
  /** Where the roots lie, as bytes, by their names. */
  readonly #places: ReadonlyMap<string, ByteString>;
  readonly #tree: Tree;
  readonly #modes: ReadonlyMap<ByteString, number>;
  /** The first name of each file that has several, by root and identity. */
  readonly #names = new Map<string, ByteString>();

  /** @param modes by layer path: what to say instead of the modes in the tree */
  constructor(
    writer: FrameWriter,
    { roots, tree }: { roots: readonly Root[]; tree: Tree },
    modes: ReadonlyMap<ByteString, number>,
  ) {
    this.#writer = writer;
    this.#places = new Map(roots.map((root) => [root.name, fromText(root.path)]));
    this.#tree = tree;
    this.#modes = modes;
  }

  /**
   * @throws PhaseCacheError `refused` for what no restore would take, `unsupported` for a path that is too long,
   *   `conflict` for a file that has changed since the scan
   */
  add(path: ByteString): void {
    const entry = this.#tree.get(path)!;
    const root = rootOf(path);
    const disk = toBytes(this.#places.get(root)! + unescapeNames(path.slice(root.length)));
    if (disk.length > longestPath) {
      throw new PhaseCacheError("unsupported", `${printable(path.slice(0, 80))}…: its path is too long`);
    }
    if (!isLayerPath(path)) throw refused(path, "the name is not that of a file in a root");
    const start = this.#writer.offset;
    const details = detailsOf(entry);
    const described = this.#describe(path, entry, details);
    described.mtime = nanoseconds(details.mtime) ?? lookAtTime(disk);
    this.#writer.write(formatEntry(described));
    let glance = 0;
    if (described.type === "f") {
      const { size } = described;
      copyContents({ path: disk, size, ctime: details.ctime }, this.#writer, (bytes, whole) => {
        glance = glanceAt(bytes, whole);
      });
      this.#writer.pad(padded(size) - size);
    }
    described.start = start;
    described.end = this.#writer.offset;
    this.entries.push(described);
    this.glances.push(glance);
  }

  /** All but its time and its place in the stream. */
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

function lookAtTime(disk: Buffer): string {
  return String(lstatSync(disk, { bigint: true }).mtimeNs);
}

/** Nanoseconds since the epoch, in decimal, of what `find` prints; null before 1970. */
function nanoseconds(time: string): string | null {
  if (time.startsWith("-")) return null;
  const dot = time.indexOf(".");
  const digits = time.slice(0, dot) + time.slice(dot + 1, dot + 10);
  return digits.startsWith("0") ? digits.replace(/^0+(?=\d)/, "") : digits;
}
