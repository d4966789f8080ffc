import { isOutput, isTemporary } from "../../tree/entry.ts";
import { type ByteString, printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";

const roots = /^(?:build|tmp|shm|outputs)\//;

/**
 * A component that is empty, `.` or `..`. A newline is an ordinary character: without the `m` flag `$` matches only
 * the end.
 */
const badComponent = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Whether `path` can name an entry: it lies below `build/`, `tmp/` or `shm/`, or is `outputs/<output>` or below. It has
 * no empty, `.` or `..` components, and no NUL, which would end the name for tar.
 */
export function isLayerPath(path: ByteString): boolean {
  return roots.test(path) && !badComponent.test(path) && !path.includes("\0");
}

/** Returns the root that a layer path belongs to: `build`, `tmp`, `outputs/out`. */
export function rootOf(path: ByteString): ByteString {
  const end = path.indexOf("/", isOutput(path) ? "outputs/".length : 0);
  return end < 0 ? path : path.slice(0, end);
}

/** Returns the directory that contains `path`; null for an output itself, and for a name directly in another root. */
export function parentOf(path: ByteString): ByteString | null {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === "build" || parent === "outputs" || isTemporary(parent) ? null : parent;
}

/** An error for a layer that asks for something that a restore never does, whoever made the layer. */
export function refused(path: ByteString, reason: string): PhaseCacheError {
  return new PhaseCacheError("refused", `${printable(path)}: ${reason}`);
}
