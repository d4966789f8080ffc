import { hasPngTexts } from "../formats/archives.ts";
import { decoders, opaque } from "../formats/decoders.ts";
import { hasPackedSections, isElf, isElf32 } from "../formats/elf.ts";
import { mayEmbed } from "../formats/embedded.ts";
import { notRelocatableFormat } from "../formats/signatures.ts";
import { isText } from "./classify-file.ts";

/** Properties of a file's contents, detected while they are saved, so that few files must be opened again. */
export const contentFlag = {
  /** The whole file is text. */
  text: 1,
  /** Compressed, or an archive. */
  packed: 2,
  /** A 32-bit object. */
  elf32: 4,
  /** The bytes were not enough: the file's beginning and end must be read. */
  partial: 8,
  /** Python's bytecode. */
  pyc: 16,
} as const;

/**
 * Detects the `contentFlag`s of a file.
 * @param whole whether `bytes` are the whole file; otherwise they are its beginning
 */
export function contentFlagsOf(bytes: Buffer, whole: boolean): number {
  if (isElf(bytes)) {
    const more = whole
      ? hasPackedSections(bytes) || mayEmbed(bytes)
        ? contentFlag.packed
        : 0
      : contentFlag.partial;
    return (
      more | (isElf32(bytes) ? contentFlag.elf32 : 0) | (whole && endsAsZip(bytes) ? contentFlag.packed : 0)
    );
  }
  const format = notRelocatableFormat(bytes) ?? "";
  // Trees have thousands of images, of which hardly any has compressed text.
  if (format === "png" && whole) return hasPngTexts(bytes) ? contentFlag.packed : 0;
  if (packedFormats.has(format) || isAr(bytes)) return contentFlag.packed;
  if (!whole) return contentFlag.partial;
  if (endsAsZip(bytes)) return contentFlag.packed;
  if (bytes[2] === 0x0d && bytes[3] === 0x0a) return contentFlag.pyc;
  if (isText(bytes)) return contentFlag.text;
  return mayEmbed(bytes) ? contentFlag.packed : 0;
}

/** Formats whose contents a plain search may not find. */
const packedFormats = new Set([...Object.keys(decoders), ...opaque, "tar", "zip", "deb", "png"]);

function isAr(bytes: Uint8Array): boolean {
  return bytes[0] === 0x21 && bytes[1] === 0x3c && bytes[2] === 0x61;
}

/** Whether the bytes end in a zip archive's end record, without a comment. */
function endsAsZip(bytes: Uint8Array): boolean {
  const at = bytes.length - 22;
  return (
    at >= 0 && bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === 5 && bytes[at + 3] === 6
  );
}
