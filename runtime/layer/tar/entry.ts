import type { EntryType, LayerEntry } from "../index/layer-index.ts";
import { formatPaxTime, splitTime } from "../index/mtime.ts";
import { blockSize, formatHeader, padded, putHeader, writeMode, writeSeconds } from "./header.ts";
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
  const seconds = wholeSeconds(mtime);
  const records: PaxRecords = new Map();
  if (name.length > longestName) records.set("path", name);
  if (target.length > longestName) records.set("linkpath", target);
  if (size > largestField) records.set("size", String(size));
  if (seconds === null) records.set("mtime", formatPaxTime(mtime));
  const { bytes, header } = withExtended(records);
  putHeader(header, {
    name,
    mode,
    size: size > largestField ? 0 : size,
    mtime: seconds ?? 0,
    type: headerTypes[type],
    link: target,
  });
  return bytes;
}

/**
 * Formats the headers of an entry again, with another mode and mtime.
 * @param block the entry's header
 * @param records those of its extended header
 */
export function reformatEntry(
  block: Uint8Array,
  records: PaxRecords,
  { mode, mtime }: Pick<LayerEntry, "mode" | "mtime">,
): Buffer {
  const seconds = wholeSeconds(mtime);
  // With a record for the same value, the headers keep their length.
  const needsRecord = seconds === null || records.has("mtime");
  const changed = needsRecord ? new Map(records).set("mtime", formatPaxTime(mtime)) : records;
  const { bytes, header } = withExtended(changed);
  header.set(block);
  writeMode(header, mode);
  writeSeconds(header, seconds ?? 0);
  return bytes;
}

/** Returns the seconds of a time that fits into a header; null for other times, which need a record. */
function wholeSeconds(mtime: string): number | null {
  const { seconds, nanoseconds } = splitTime(mtime);
  return nanoseconds === 0 && seconds >= 0 && seconds <= largestField ? seconds : null;
}

/** Makes memory for a header, after an extended header if there are any records. */
function withExtended(records: PaxRecords): { bytes: Buffer; header: Buffer } {
  if (records.size === 0) {
    const header = Buffer.alloc(blockSize);
    return { bytes: header, header };
  }
  const extended = formatPax(records);
  const length = blockSize + padded(extended.length);
  const bytes = Buffer.alloc(length + blockSize);
  bytes.set(extendedHeader(extended.length));
  bytes.set(extended, blockSize);
  return { bytes, header: bytes.subarray(length) };
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
