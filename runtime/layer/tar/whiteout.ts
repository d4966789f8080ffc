import { whiteoutPrefix } from "../../tree/paths.ts";
import type { ByteString } from "../../util/bytes.ts";
import { blockSize, formatHeader, padded } from "./header.ts";
import { formatPax } from "./pax.ts";

/** Formats the tar headers of a whiteout: an empty file that marks `path` as removed. */
export function formatWhiteout(path: ByteString): Buffer {
  const slash = path.lastIndexOf("/") + 1;
  const name = `${path.slice(0, slash)}${whiteoutPrefix}${path.slice(slash)}`;
  const header = { mode: 0o644, mtime: 0, link: "" };
  const file = formatHeader({ ...header, name, size: 0, type: "0" });
  if (name.length <= 100) return file;
  const payload = formatPax(new Map([["path", name]]));
  const extended = formatHeader({ ...header, name: "PaxHeaders/whiteout", size: payload.length, type: "x" });
  const padding = Buffer.alloc(padded(payload.length) - payload.length);
  return Buffer.concat([extended, payload, padding, file]);
}

/** The two empty blocks that end a tar stream. */
export const endOfArchive = Buffer.alloc(2 * blockSize);
