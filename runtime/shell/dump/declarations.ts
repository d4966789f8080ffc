import type { ByteString } from "../../util/bytes.ts";
import type { Item, Value, Variable } from "../state.ts";
import { type Cursor, fail, readQuoted } from "./quoted.ts";

const head = /declare -(-|[aAcilnrtux]+) ([A-Za-z_][A-Za-z0-9_]*)/y;

/**
 * Parses the output of `declare -p` in bash 4.4 to 5.3.
 * @throws PhaseCacheError `damaged`
 */
export function parseDeclarations(text: ByteString): Map<string, Variable> {
  const cursor: Cursor = { text, at: 0 };
  const variables = new Map<string, Variable>();
  while (cursor.at < text.length) {
    const match = read(cursor, head) ?? fail("declaration expected", cursor);
    const attributes = sortLetters(match[1] === "-" ? "" : match[1]!);
    variables.set(match[2]!, { attributes, value: readValue(cursor, attributes) });
    if (text[cursor.at++] !== "\n") fail("end of line expected", cursor);
  }
  return variables;
}

/** Sorts the letters of attributes, and removes duplicates. */
export function sortLetters(letters: string): string {
  return [...new Set(letters)].sort().join("");
}

function read(cursor: Cursor, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match !== null) cursor.at = pattern.lastIndex;
  return match;
}

function readValue(cursor: Cursor, attributes: string): Value {
  if (cursor.text[cursor.at] !== "=") return { kind: "unset" };
  cursor.at++;
  if (attributes.includes("a")) return { kind: "indexed", items: readItems(cursor, readIndex) };
  if (attributes.includes("A")) return { kind: "associative", items: readItems(cursor, readKey) };
  return { kind: "string", text: readQuoted(cursor) ?? fail("value expected", cursor) };
}

/** Parses `([0]="a" [1]="b")`. Since 5.1, bash prints a space before an associative array's closing parenthesis. */
function readItems(cursor: Cursor, readName: (cursor: Cursor) => ByteString): Item[] {
  if (cursor.text[cursor.at++] !== "(") fail("array expected", cursor);
  const items: Item[] = [];
  for (;;) {
    if (cursor.text[cursor.at] === " ") cursor.at++;
    if (cursor.text[cursor.at] === ")") break;
    if (cursor.text[cursor.at++] !== "[") fail("array element expected", cursor);
    const name = readName(cursor);
    if (cursor.text.slice(cursor.at, cursor.at + 2) !== "]=") fail("end of the key expected", cursor);
    cursor.at += 2;
    items.push([name, readQuoted(cursor) ?? fail("value expected", cursor)]);
  }
  cursor.at++;
  return items;
}

const digits = /[0-9]+/y;

function readIndex(cursor: Cursor): ByteString {
  return read(cursor, digits)?.[0] ?? fail("index expected", cursor);
}

const plain = /[^\]"\\\n]+/y;

/** Parses a key. Bash quotes a key that contains special characters, including `]`. */
function readKey(cursor: Cursor): ByteString {
  return readQuoted(cursor) ?? read(cursor, plain)?.[0] ?? fail("key expected", cursor);
}
