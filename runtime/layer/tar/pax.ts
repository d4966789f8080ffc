import { type ByteString, fromBytes, printable, toBytes } from "../../util/bytes.ts";
import { refused } from "../index/paths.ts";

/** The records of a pax extended header, which describe the entry after it. */
export type PaxRecords = Map<string, ByteString>;

/** Maximum size of an extended header's records, in bytes: names are shorter than 4,096 bytes each. */
export const largestPax = 64 << 10;

/** Keywords that a layer may use. Tar might obey others. */
const known = new Set([
  "path",
  "linkpath",
  "size",
  "mtime",
  "GNU.sparse.major",
  "GNU.sparse.minor",
  "GNU.sparse.name",
  "GNU.sparse.realsize",
]);

/**
 * Parses the contents of an extended header (POSIX pax, "pax Extended Header": `<length> <keyword>=<value>\n`).
 * @param name the header's, for the error message
 * @throws PhaseCacheError `refused` for malformed, unknown or repeated records
 */
export function readPax(payload: Uint8Array, name: ByteString): PaxRecords {
  const text = fromBytes(payload);
  const records: PaxRecords = new Map();
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(" ", at);
    const digits = text.slice(at, space);
    const end = at + Number(digits);
    const equals = text.indexOf("=", space);
    const wellFormed = space > at && /^[1-9]\d{0,6}$/.test(digits) && equals > space && equals < end;
    if (!wellFormed || text[end - 1] !== "\n") throw refused(name, "its extended header is malformed");
    const keyword = text.slice(space + 1, equals);
    const value = text.slice(equals + 1, end - 1);
    if (!known.has(keyword) || records.has(keyword) || value.includes("\0")) {
      throw refused(name, `its extended header has an unsupported record: ${printable(keyword)}`);
    }
    records.set(keyword, value);
    at = end;
  }
  return records;
}

/** Formats the contents of an extended header. */
export function formatPax(records: PaxRecords): Buffer {
  const lines = [...records].map(([keyword, value]) => {
    const rest = ` ${keyword}=${value}\n`.length;
    let length = rest + String(rest).length;
    // The length counts its own digits.
    if (rest + String(length).length > length) length++;
    return `${length} ${keyword}=${value}\n`;
  });
  return toBytes(lines.join(""));
}
