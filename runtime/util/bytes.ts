/**
 * Text whose characters stand for single bytes (U+0000 to U+00FF, "latin1"). File names and shell values
 * are bytes, not text: in this form they survive exactly and still work with string methods and `Map`.
 */
export type ByteString = string;

export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function toBytes(text: ByteString): Buffer {
  return Buffer.from(text, "latin1");
}

/** A byte string of a JavaScript string: its UTF-8 bytes. */
export function fromText(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Readable text of a byte string, decoded as UTF-8. Not escaped: see `printable` for terminals. */
export function toText(bytes: ByteString): string {
  return toBytes(bytes).toString("utf8");
}

/** Control characters, terminal escapes and bidirectional overrides: what a terminal would not show but obey. */
export const unprintable = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** `text` with what is unprintable written as `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => {
    const named = { "\n": "\\n", "\t": "\\t", "\r": "\\r" }[char];
    const code = char.charCodeAt(0);
    return named ?? (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : jsonEscape(char));
  });
}

/** A character as JSON escapes it. */
export function jsonEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `bytes` in IEC units with one decimal: `512 B`, `1.5 KiB`, `203.4 MiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
