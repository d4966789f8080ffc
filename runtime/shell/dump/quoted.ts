import { type ByteString, fromText } from "../../util/bytes.ts";
import { damaged } from "../../util/error.ts";

/** A position in a text that is being parsed. */
export interface Cursor {
  readonly text: ByteString;
  at: number;
}

/**
 * Reports a syntax error.
 * @throws PhaseCacheError `damaged`, with the position
 */
export function fail(what: string, cursor: Cursor): never {
  throw damaged(`the shell's state is damaged: ${what} at byte ${cursor.at}`);
}

/** Parses `"…"` or `$'…'`, the forms in which bash prints values, and moves past it. Returns null for anything else. */
export function readQuoted(cursor: Cursor): ByteString | null {
  if (cursor.text[cursor.at] === '"') return readDouble(cursor);
  if (cursor.text.startsWith("$'", cursor.at)) return readAnsi(cursor);
  return null;
}

/** Parses `"…"`. Bash puts a backslash before each of the four characters `"\$` and backquote, and nowhere else. */
function readDouble(cursor: Cursor): ByteString {
  return readUntil(cursor, 1, '"', (at) => {
    const char = cursor.text[at + 1] ?? "";
    if (!'"\\$`'.includes(char) || char === "") fail("unknown escape", cursor);
    return { value: char, length: 2 };
  });
}

/** Parses `$'…'` with all escapes of the bash manual, "ANSI-C Quoting". */
function readAnsi(cursor: Cursor): ByteString {
  return readUntil(cursor, 2, "'", (at) => readEscape(cursor, at));
}

interface Escape {
  value: ByteString;
  length: number;
}

function readUntil(cursor: Cursor, open: number, close: string, decode: (at: number) => Escape): ByteString {
  const { text } = cursor;
  const parts: string[] = [];
  let from = cursor.at + open;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === close) {
      parts.push(text.slice(from, at));
      cursor.at = at + 1;
      return parts.join("");
    }
    if (char === "\\") {
      const { value, length } = decode(at);
      parts.push(text.slice(from, at), value);
      from = at + length;
      at = from - 1;
    }
  }
  return fail("unterminated string", cursor);
}

const named: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

const numbered = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c(.))/sy;

function readEscape(cursor: Cursor, at: number): Escape {
  const simple = named[cursor.text[at + 1] ?? ""];
  if (simple !== undefined) return { value: simple, length: 2 };
  numbered.lastIndex = at;
  const match = numbered.exec(cursor.text);
  if (match === null) return fail("unknown escape", cursor);
  const [whole, octal, hex, short, long, control] = match;
  const length = whole.length;
  if (octal !== undefined) return { value: byte(Number.parseInt(octal, 8), cursor), length };
  if (hex !== undefined) return { value: byte(Number.parseInt(hex, 16), cursor), length };
  if (control !== undefined)
    return { value: byte(control.toUpperCase().charCodeAt(0) ^ 0x40, cursor), length };
  const point = Number.parseInt(short ?? long!, 16);
  if (point === 0 || point > 0x10ffff) fail("invalid character", cursor);
  return { value: fromText(String.fromCodePoint(point)), length };
}

function byte(code: number, cursor: Cursor): ByteString {
  if ((code & 0xff) === 0) fail("NUL in a value", cursor);
  return String.fromCharCode(code & 0xff);
}
