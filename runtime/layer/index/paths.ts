import { isOutput, isTemporary } from "../../tree/entry.ts";
import { type ByteString, printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";

const roots = /^(?:build|tmp|shm|outputs)\//;

/** A component that is empty, `.` or `..`; the dot of `$` aside, a newline is a character like others. */
const badComponent = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Whether `path` can name an entry: below `build/`, `tmp/` and `shm/`, or `outputs/<output>` and below.
 * The components are what they say: no empty ones, no `.` and `..`; and no NUL, which would end the name for tar.
 */
export function isLayerPath(path: ByteString): boolean {
  return roots.test(path) && !badComponent.test(path) && !path.includes("\0");
}

/** The root that a layer path belongs to: `build`, `tmp`, `outputs/out`. */
export function rootOf(path: ByteString): ByteString {
  const end = path.indexOf("/", isOutput(path) ? "outputs/".length : 0);
  return end < 0 ? path : path.slice(0, end);
}

/** The directory that holds `path`; null for an output itself, and for what lies directly in another root. */
export function parentOf(path: ByteString): ByteString | null {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === "build" || parent === "outputs" || isTemporary(parent) ? null : parent;
}

/** The layer asks for something that is never done, whoever made it. */
export function refused(path: ByteString, reason: string): PhaseCacheError {
  return new PhaseCacheError("refused", `${printable(path)}: ${reason}`);
}
