import type { EntryType, LayerEntry } from "../index/layer-index.ts";
import { formatPaxTime, splitTime } from "../index/mtime.ts";
import { blockSize, formatHeader, padded, putHeader } from "./header.ts";
import { formatPax, type PaxRecords } from "./pax.ts";

/** The largest size or time that a header's field of eleven octal digits holds. */
const largestField = 8 ** 11 - 1;
const longestName = 100;

const headerTypes: Record<EntryType, string> = { f: "0", h: "1", l: "2", d: "5", p: "6" };

/** Formats an entry's header, preceded by an extended header for values that do not fit into a plain one. */
export function formatEntry({
  path,
  type,
  mode,
  size,
  mtime,
  target,
}: Omit<LayerEntry, "start" | "end">): Buffer {
  const name = type === "d" ? `${path}/` : path;
  const { seconds, nanoseconds } = splitTime(mtime);
  const isWhole = nanoseconds === 0 && seconds >= 0 && seconds <= largestField;
  const records: PaxRecords = new Map();
  if (name.length > longestName) records.set("path", name);
  if (target.length > longestName) records.set("linkpath", target);
  if (size > largestField) records.set("size", String(size));
  if (!isWhole) records.set("mtime", formatPaxTime(mtime));
  const extended = records.size === 0 ? null : formatPax(records);
  const length = extended === null ? 0 : blockSize + padded(extended.length);
  const bytes = Buffer.alloc(length + blockSize);
  if (extended !== null) {
    bytes.set(extendedHeader(extended.length));
    bytes.set(extended, blockSize);
  }
  putHeader(bytes.subarray(length), {
    name,
    mode,
    size: size > largestField ? 0 : size,
    mtime: isWhole ? seconds : 0,
    type: headerTypes[type],
    link: target,
  });
  return bytes;
}

/** Extended headers by the size of their records: most entries of a layer have the same one. */
const extendedHeaders = new Map<number, Buffer>();

function extendedHeader(size: number): Buffer {
  const known = extendedHeaders.get(size);
  if (known !== undefined) return known;
  const made = formatHeader({ name: "PaxHeaders/entry", mode: 0o644, size, mtime: 0, type: "x", link: "" });
  extendedHeaders.set(size, made);
  return made;
}
