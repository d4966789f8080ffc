/**
 * A string with one character (U+0000 to U+00FF, "latin1") for each byte. File names and shell values are bytes, not text:
 * this form preserves them exactly, and still works with string methods and `Map`.
 */
export type ByteString = string;

export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function toBytes(text: ByteString): Buffer {
  return Buffer.from(text, "latin1");
}

/** Encodes a JavaScript string as UTF-8. */
export function fromText(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Decodes a byte string as UTF-8. The result is not escaped: use `printable` for terminals. */
export function toText(bytes: ByteString): string {
  return toBytes(bytes).toString("utf8");
}

/** Characters that a terminal acts on instead of showing them: control characters and bidirectional overrides. */
export const unprintable = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes unprintable characters, as in `\x1b` and `\u202e`. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => {
    const named = { "\n": "\\n", "\t": "\\t", "\r": "\\r" }[char];
    const code = char.charCodeAt(0);
    return named ?? (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : jsonEscape(char));
  });
}

/** Returns the JSON escape of a character, `\u202e`. */
export function jsonEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Formats a size in IEC units with one decimal: `512 B`, `1.5 KiB`, `203.4 MiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}
