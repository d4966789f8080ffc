import type { ByteString } from "../../util/bytes.ts";
import { isElf, sectionsOf } from "../formats/elf.ts";
import type { LayerEntry } from "../index/layer-index.ts";
import { isHashBased, isPyc } from "./classify-file.ts";
import { contentFlag } from "./content-flags.ts";

interface Layer {
  entries: readonly LayerEntry[];
  contentFlags: readonly (number | undefined)[];
  /** Numbers of entries that contain the name of the section that refers to a separate file with debug information. */
  debugLinks: readonly number[];
  /** Reads a file's contents; null if they have changed since the save. */
  read: (entry: LayerEntry) => Buffer | null;
  /** Returns the layer paths of all files that relocation changes, in this layer and earlier ones. */
  patched: () => ReadonlySet<ByteString>;
}

/** Names of files with a checksum or signature of the file without the suffix. */
const companion = /^(?<file>.+)\.(?:hmac|sig|asc|minisig|p7s|chk|crc|crc32|sfv)$/;

/**
 * Finds the files with a checksum of another file that relocation changes: companions by their names, Python's bytecode
 * with a hash of the source (PEP 552), and objects with a separate file for debug information (GDB's manual, "Separate
 * Debug Files": a CRC of the whole file).
 */
export function* findReferences({
  entries,
  contentFlags,
  debugLinks,
  read,
  patched,
}: Layer): Generator<ByteString> {
  let known: ReadonlySet<ByteString> | undefined;
  const isPatched = (path: ByteString) => {
    known ??= patched();
    return known.has(path);
  };
  for (const [number, entry] of entries.entries()) {
    if (entry.type !== "f") continue;
    const source = ((contentFlags[number] ?? 0) & contentFlag.pyc) !== 0 ? sourceOf(entry.path) : null;
    if (source !== null && isPatched(source)) {
      const head = read(entry);
      if (head !== null && isPyc(head) && isHashBased(head)) yield entry.path;
    } else if (companionsOf(entry.path).some(isPatched)) yield entry.path;
  }
  for (const number of debugLinks) {
    const entry = entries[number]!;
    const bytes = entry.type === "f" ? read(entry) : null;
    const name = bytes === null ? null : debugFileOf(bytes);
    if (name === null) continue;
    known ??= patched();
    if ([...known].some((path) => path.endsWith(`/${name}`))) yield entry.path;
  }
}

/** Returns the path of the source of `__pycache__/name.tag.pyc`, or of `name.pyc` beside it. */
function sourceOf(path: ByteString): ByteString | null {
  const cached = /^(.*\/)__pycache__\/([^/]+?)\.[^/]+\.pyc$/.exec(path);
  if (cached !== null) return `${cached[1]}${cached[2]}.py`;
  return path.endsWith(".pyc") ? path.slice(0, -1) : null;
}

/** Returns the files that a file belongs to by its name: `a.sig` and `.a.hmac` to `a`, `liba.chk` also to `liba.so`. */
function companionsOf(path: ByteString): ByteString[] {
  const slash = path.lastIndexOf("/") + 1;
  const file = companion.exec(path.slice(slash))?.groups?.file;
  if (file === undefined) return [];
  return [file, file.replace(/^\./, ""), `${file}.so`].map((name) => path.slice(0, slash) + name);
}

/** Returns the file name in an object's `.gnu_debuglink` section. */
function debugFileOf(bytes: Buffer): ByteString | null {
  if (!isElf(bytes)) return null;
  const { sections } = sectionsOf(bytes);
  const names = sections.find(
    ({ offset, size, name }) =>
      bytes.toString("latin1", offset + name, offset + Math.min(size, name + 9)) === ".shstrtab",
  );
  if (names === undefined) return null;
  const nameOf = (at: number) => {
    const start = names.offset + at;
    return bytes.toString("latin1", start, bytes.indexOf(0, start));
  };
  const link = sections.find(({ name }) => nameOf(name) === ".gnu_debuglink");
  if (link === undefined) return null;
  return bytes.toString("latin1", link.offset, bytes.indexOf(0, link.offset));
}
