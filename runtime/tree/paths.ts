import type { ByteString } from "../util/bytes.ts";

/** Prefix of whiteouts: names in a layer that stand for removed files (OCI image specification, "Whiteouts"). */
export const whiteoutPrefix = ".wh.";

/** Prefix, in a layer, of names that would be read as whiteouts, and of names that have this prefix on disk. */
const escapePrefix = ".escaped";

const whiteoutLike = /(^|\/)((?:\.escaped)*\.wh\.)/g;
const escapedName = /(^|\/)\.escaped((?:\.escaped)*\.wh\.)/g;

/**
 * Converts a path on disk to a layer path: each component that starts with any number of `.escaped` followed by `.wh.` gets
 * one more `.escaped`. All other components stay the same.
 */
export function escapeNames(path: ByteString): ByteString {
  return path.includes(whiteoutPrefix) ? path.replace(whiteoutLike, `$1${escapePrefix}$2`) : path;
}

/** Converts a layer path back to a path on disk. */
export function unescapeNames(path: ByteString): ByteString {
  return hasEscaped(path) ? path.replace(escapedName, "$1$2") : path;
}

/** Whether a layer path may differ from the path on disk. */
export function hasEscaped(path: ByteString): boolean {
  return path.includes(escapePrefix) && path.includes(whiteoutPrefix);
}

/** `escapeNames` and `unescapeNames` as GNU tar's `--transform`, for names of files and targets of hard links. */
export const escapeTransform = "s,\\(^\\|/\\)\\(\\(\\.escaped\\)*\\.wh\\.\\),\\1.escaped\\2,g";
export const unescapeTransform = "s,\\(^\\|/\\)\\.escaped\\(\\(\\.escaped\\)*\\.wh\\.\\),\\1\\2,g";
