import { type ByteString, printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { blockSize, formatHeader, padded } from "./header.ts";
import { formatPax } from "./pax.ts";

/** Begins the names of whiteouts (OCI image specification, "Representing Changes: Whiteouts"). */
const prefix = ".wh.";

/** An empty file that says that `path` is gone, as it stands in a tar stream. */
export function formatWhiteout(path: ByteString): Buffer {
  const slash = path.lastIndexOf("/") + 1;
  const name = `${path.slice(0, slash)}${prefix}${path.slice(slash)}`;
  const header = { mode: 0o644, mtime: 0, link: "" };
  const file = formatHeader({ ...header, name, size: 0, type: "0" });
  if (name.length <= 100) return file;
  const payload = formatPax(new Map([["path", name]]));
  const extended = formatHeader({ ...header, name: "PaxHeaders/whiteout", size: payload.length, type: "x" });
  const padding = Buffer.alloc(padded(payload.length) - payload.length);
  return Buffer.concat([extended, payload, padding, file]);
}

/**
 * Says no to files that a layer would take for whiteouts.
 * @throws PhaseCacheError `unsupported`
 */
export function refuseWhiteouts(paths: readonly ByteString[]): void {
  const found = paths.find((path) => path.startsWith(prefix, path.lastIndexOf("/") + 1));
  if (found === undefined) return;
  throw new PhaseCacheError(
    "unsupported",
    `${printable(found)}: names that begin with ${prefix} mean removed files in layers`,
  );
}

/** Two empty blocks end a tar stream. */
export const endOfArchive = Buffer.alloc(2 * blockSize);
