import { hasPngTexts } from "../formats/archives.ts";
import { decoders, opaque } from "../formats/decoders.ts";
import { hasPackedSections, isElf, isElf32 } from "../formats/elf.ts";
import { mayEmbed } from "../formats/embedded.ts";
import { notRelocatableFormat } from "../formats/signatures.ts";
import { isText } from "./classify-file.ts";

/** What a glance tells of each file while its bytes pass by, so that only few have to be opened again. */
export const glance = {
  /** Text, the whole of it. */
  text: 1,
  /** Packed, or an archive. */
  packed: 2,
  /** A 32-bit object. */
  elf32: 4,
  /** Too little was seen: its beginning and end have to be read. */
  partial: 8,
  /** Python's bytecode. */
  pyc: 16,
} as const;

/** @param whole whether `bytes` are the whole file, or its beginning */
export function glanceAt(bytes: Buffer, whole: boolean): number {
  if (isElf(bytes)) {
    const more = whole ? (hasPackedSections(bytes) || mayEmbed(bytes) ? glance.packed : 0) : glance.partial;
    return more | (isElf32(bytes) ? glance.elf32 : 0) | (whole && endsAsZip(bytes) ? glance.packed : 0);
  }
  const format = notRelocatableFormat(bytes) ?? "";
  // Trees have thousands of images, hardly any of which has something to be searched.
  if (format === "png" && whole) return hasPngTexts(bytes) ? glance.packed : 0;
  if (packedFormats.has(format) || isAr(bytes)) return glance.packed;
  if (!whole) return glance.partial;
  if (endsAsZip(bytes)) return glance.packed;
  if (bytes[2] === 0x0d && bytes[3] === 0x0a) return glance.pyc;
  if (isText(bytes)) return glance.text;
  return mayEmbed(bytes) ? glance.packed : 0;
}

/** Formats that can hide what they hold. */
const packedFormats = new Set([...Object.keys(decoders), ...opaque, "tar", "zip", "deb", "png"]);

function isAr(bytes: Uint8Array): boolean {
  return bytes[0] === 0x21 && bytes[1] === 0x3c && bytes[2] === 0x61;
}

/** A zip archive's end record, with no comment behind it. */
function endsAsZip(bytes: Uint8Array): boolean {
  const at = bytes.length - 22;
  return (
    at >= 0 && bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === 5 && bytes[at + 3] === 6
  );
}
