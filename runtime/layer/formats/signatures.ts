/** A format that has fixed bytes at a fixed offset, by default 0. */
interface Magic {
  kind: string;
  bytes: string;
  at?: number;
}

/**
 * Formats with checksums, with digests of their own contents, or with ordered contents (search trees, hash tables):
 * replacing a path would make them invalid. The magic numbers are those of file(1).
 */
const notRelocatable: readonly Magic[] = [
  ...magics("gzip", "\x1f\x8b"),
  ...magics("xz", "\xfd7zXZ\0"),
  ...magics("zstd", "\x28\xb5\x2f\xfd", "\x37\xa4\x30\xec", "\xfd\x2f\xb5\x25", "\x27\xb5\x2f\xfd"),
  ...magics("bzip2", "BZh"),
  ...magics("lz4", "\x04\x22\x4d\x18", "\x02\x21\x4c\x18"),
  ...magics("lzip", "LZIP"),
  ...magics("lzop", "\x89LZO\0\r\n\x1a\n"),
  ...magics("snappy", "\xff\x06\0\0sNaPpY"),
  ...magics("compress", "\x1f\x9d", "\x1f\xa0", "\x1f\x1e"),
  ...magics("lzfse", "bvx2", "bvxn"),
  ...magics("lrzip", "LRZI"),
  ...magics("zip", "PK\x03\x04", "PK\x05\x06", "PK\x07\x08"),
  ...magics("7z", "7z\xbc\xaf\x27\x1c"),
  ...magics("rar", "Rar!\x1a\x07"),
  ...magics("cab", "MSCF\0\0\0\0", "ISc("),
  ...magics("xar", "xar!"),
  ...magics("rpm", "\xed\xab\xee\xdb"),
  ...magics("deb", "!<arch>\ndebian-binary"),
  ...magics("cpio", "070701", "070702", "070707", "\xc7\x71", "\x71\xc7"),
  { kind: "tar", bytes: "ustar", at: 257 },
  { kind: "lha", bytes: "-lh", at: 2 },
  ...magics("wim", "MSWIM\0\0\0"),
  ...magics("chm", "ITSF"),
  ...magics("Nix archive", "\x0d\0\0\0\0\0\0\0nix-archive-1"),
  ...magics("png", "\x89PNG", "\x8aMNG", "\x8bJNG"),
  ...magics("ogg", "OggS"),
  ...magics("flac", "fLaC"),
  ...magics("matroska", "\x1a\x45\xdf\xa3"),
  ...magics("font", "\0\x01\0\0\0", "OTTO\0", "true\0", "ttcf", "wOFF", "wOF2"),
  ...magics("sqlite", "SQLite format 3\0", "** This file contains an SQLite"),
  ...magics("gdbm", ...bothByteOrders("\x13\x57\x9a\xcd", "\x13\x57\x9a\xce", "\x13\x57\x9a\xcf")),
  ...magics("gdbm", ...bothByteOrders("\x13\x57\x9a\xd0", "\x13\x57\x9a\xd1")),
  ...magics("Berkeley DB", ...bothByteOrders("\0\x05\x31\x62", "\0\x06\x15\x61")),
  ...bothByteOrders("\0\x05\x31\x62", "\0\x06\x15\x61", "\0\x04\x22\x53", "\0\x04\x09\x88").map((bytes) => ({
    kind: "Berkeley DB",
    bytes,
    at: 12,
  })),
  ...bothByteOrders("\xbe\xef\xc0\xde").map((bytes) => ({ kind: "LMDB", bytes, at: 16 })),
  ...magics("tdb", "TDB file\n"),
  ...magics("Tokyo Cabinet", "ToKyO CaBiNeT"),
  ...magics("Kyoto Cabinet", "KC\n\0"),
  ...magics("QDBM", "[depot]\n\f"),
  ...magics("Xapian", "\x0f\x0dXapian"),
  ...magics("Lucene", "\x3f\xd7\x6c\x17"),
  ...magics("HDF5", "\x89HDF\r\n\x1a\n"),
  ...magics("Parquet", "PAR1"),
  ...magics("gvdb", "GVariant", "raVGtnai"),
  ...magics("git pack", "PACK\0\0\0", "\xfftOc", "RIDX", "BITM\0"),
  ...magics("git index", "DIRC\0\0\0", "TREE\0"),
  ...magics("git graph", "CGPH", "MIDX", "REFT"),
  ...magics("OCaml interface", "Caml1999I"),
  ...magics("OCaml unit", "Caml1999Y", "Caml1999Z", "Caml1999y", "Caml1999z", "Caml2021Y", "Caml2021Z"),
  ...magics("OCaml typed tree", "Caml1999T", "Caml2012T"),
  ...magics("Haskell interface", "\x01\xfa\xce\x64", "\0\x01\xfa\xce", "\x64\xce\xfa\x01"),
  { kind: "BEAM", bytes: "BEAM", at: 8 },
  ...magics("dex", "dex\n", "dey\n", "vdex"),
  ...magics("class data archive", "\xf0\x0b\xab\xa2", "\xa2\xab\x0b\xf0"),
  ...magics("Java keystore", "\xfe\xed\xfe\xed"),
  ...magics("pack200", "\xca\xfe\xd0\x0d"),
  ...magics("squashfs", "hsqs", "sqsh", "shsq", "qshs"),
  ...magics("cramfs", ...bothByteOrders("\x28\xcd\x3d\x45")),
  ...bothByteOrders("\x28\xcd\x3d\x45").map((bytes) => ({ kind: "cramfs", bytes, at: 512 })),
  ...magics("romfs", "-rom1fs-"),
  ...magics("UBI", "UBI#", "\x31\x18\x10\x06"),
  ...magics("JFFS2", "\x85\x19", "\x19\x85"),
  ...magics("XFS", "XFSB"),
  { kind: "erofs", bytes: "\xe2\xe1\xf5\xe0", at: 1024 },
  { kind: "f2fs", bytes: "\x10\x20\xf5\xf2", at: 1024 },
  { kind: "ext", bytes: "\x53\xef", at: 1080 },
  { kind: "GPT", bytes: "EFI PART", at: 512 },
  { kind: "FAT", bytes: "FAT", at: 54 },
  { kind: "FAT", bytes: "FAT32", at: 82 },
  { kind: "ISO 9660", bytes: "CD001", at: 32769 },
  ...magics("disk image", "QFI\xfb", "KDMV", "vhdxfile", "conectix", "<<< Oracle VM"),
  ...magics("U-Boot image", "\x27\x05\x19\x56"),
  ...magics("Android image", "ANDROID!"),
  ...magics("fontconfig cache", "\x04\xfc\x02\xfc", "\xfc\x02\xfc\x04"),
  ...magics("ccache", "cCrS", "\xcc\xac"),
];

/** Formats in which a string may be replaced by another one of the same length: nothing else depends on it. */
const patchable: readonly Magic[] = [
  ...magics("wasm", "\0asm"),
  ...magics("Lua bytecode", "\x1bLua"),
  ...magics("Emacs bytecode", ";ELC"),
  ...magics("ninja deps", "# ninjadeps\n"),
  ...magics("PDF", "%PDF-"),
  ...magics("terminfo", "\x1a\x01", "\x1e\x02"),
  ...magics("typelib", "GOBJ\nMETADATA\r\n\x1a"),
  ...magics("Java object", "\xac\xed\0\x05"),
  ...magics("gcov notes", "oncg", "gcno"),
  ...magics("OCaml object", "Caml1999O", "Caml1999A"),
  ...magics("Rust metadata", "rust\0\0\0"),
  ...magics("LLVM bitcode", "BC\xc0\xde"),
  ...magics("thin archive", "!<thin>\n"),
  ...magics("UTF-16 text", "\xff\xfe", "\xfe\xff"),
  ...magics("rich text", "{\\rtf"),
];

function magics(kind: string, ...all: string[]): Magic[] {
  return all.map((bytes) => ({ kind, bytes }));
}

/** Returns each number in both byte orders. */
function bothByteOrders(...numbers: string[]): string[] {
  return numbers.flatMap((bytes) => [bytes, [...bytes].reverse().join("")]);
}

/** Indexes magics at offset 0 by their first byte. */
const tabulate = (list: readonly Magic[]) => {
  const found: Magic[][] = Array.from({ length: 256 }, () => []);
  for (const magic of list) if (magic.at === undefined) found[magic.bytes.charCodeAt(0)]!.push(magic);
  return { found, inside: list.filter(({ at }) => at !== undefined) };
};
const [notRelocatableTable, patchableTable] = [tabulate(notRelocatable), tabulate(patchable)];

/** Bytes at a file's beginning that all signatures lie in. `notRelocatableFormat` accepts fewer. */
export const headLength = 33 << 10;

function find(head: Uint8Array, { found, inside }: typeof notRelocatableTable): string | null {
  const first = head[0];
  if (first === undefined) return null;
  const matches = ({ bytes, at = 0 }: Magic) => isAt(head, bytes, at);
  return (found[first]!.find(matches) ?? inside.find(matches))?.kind ?? null;
}

function isAt(head: Uint8Array, text: string, at: number): boolean {
  if (at + text.length > head.length) return false;
  for (let i = 0; i < text.length; i++) if (head[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Returns a file's format if it has checksums or ordered contents, by its beginning; null for others. */
export function notRelocatableFormat(head: Uint8Array): string | null {
  const kind = find(head, notRelocatableTable);
  if (kind !== null) return kind;
  if (isZlib(head)) return "zlib";
  if (isLzma(head)) return "lzma";
  return isOldTar(head) ? "tar" : null;
}

/** Returns a file's format if its strings may be replaced, by its beginning; null for others and text, ELF and ar. */
export function patchableFormat(head: Uint8Array): string | null {
  return find(head, patchableTable);
}

/** Whether a zlib stream may begin here (RFC 1950, 2.2). Text may match, too: only decompression shows it. */
export function isZlib(head: Uint8Array): boolean {
  return (
    head.length > 6 && head[0] === 0x78 && ((head[0] << 8) | head[1]!) % 31 === 0 && (head[1]! & 32) === 0
  );
}

/** Whether a .lzma file's header begins here: properties, a dictionary size with one or two bits set, and a size. */
function isLzma(head: Uint8Array): boolean {
  if (head.length < 14 || head[0] !== 0x5d || head[1] !== 0 || head[2] !== 0) return false;
  const sizes = head.subarray(5, 13);
  return sizes.every((byte) => byte === 0xff) || (sizes[6] === 0 && sizes[7] === 0 && sizes[5] === 0);
}

/** Whether a tar header without a magic begins here (Unix V7), recognised by its checksum. */
function isOldTar(head: Uint8Array): boolean {
  if (head.length < 512 || head[0] === 0 || (head[150]! & 0xf8) !== 0x30) return false;
  const text = Buffer.from(head.subarray(148, 156)).toString("latin1");
  if (!/^ *[0-7]{1,7}[ \0]*$/.test(text)) return false;
  let sum = 8 * 32;
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += head[i]!;
  return sum === Number.parseInt(text, 8);
}
