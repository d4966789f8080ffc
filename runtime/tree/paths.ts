import type { ByteString } from "../util/bytes.ts";

/** Begins names in layers that mean removed files (OCI image specification, "Representing Changes: Whiteouts"). */
export const whiteoutPrefix = ".wh.";

/** Put before a name in a layer that would otherwise be taken for a whiteout, and before one that has it already. */
const mark = ".escaped";

const whiteoutLike = /(^|\/)((?:\.escaped)*\.wh\.)/g;
const escapedName = /(^|\/)\.escaped((?:\.escaped)*\.wh\.)/g;

/**
 * The layer path of a name on disk: each component that begins with `.wh.`, or with `.escaped` as often as you like
 * and then `.wh.`, gets one more `.escaped` in front. All others are as they are on disk.
 */
export function escapeNames(path: ByteString): ByteString {
  return path.includes(whiteoutPrefix) ? path.replace(whiteoutLike, `$1${mark}$2`) : path;
}

/** The opposite of `escapeNames`. */
export function unescapeNames(path: ByteString): ByteString {
  return hasEscaped(path) ? path.replace(escapedName, "$1$2") : path;
}

/** Whether a layer path may differ from the name on disk. */
export function hasEscaped(path: ByteString): boolean {
  return path.includes(mark) && path.includes(whiteoutPrefix);
}

/** The same for GNU tar's `--transform`: names of files and targets of hard links, in either direction. */
export const escapeTransform = "s,\\(^\\|/\\)\\(\\(\\.escaped\\)*\\.wh\\.\\),\\1.escaped\\2,g";
export const unescapeTransform = "s,\\(^\\|/\\)\\.escaped\\(\\(\\.escaped\\)*\\.wh\\.\\),\\1\\2,g";
