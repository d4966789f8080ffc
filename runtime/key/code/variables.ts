import type { ByteString } from "../../util/bytes.ts";

/** What is known of the variables that a shell text uses without assigning them itself. */
export interface KnownVariables {
  /** Whether the variable's text is looked at wherever its name stands: an attribute, or what setup hooks have set. */
  has(name: string): boolean;
  /** Whether any other variable is unset: so in a setup hook's functions, which own their variables. */
  complete: boolean;
}

const reference = /\$\{?(\w+)/g;

/** The variables that a piece of shell text expands. */
export function variablesIn(piece: ByteString): string[] {
  return [...piece.matchAll(reference)].map(([, name]) => name!);
}

/**
 * Whether all that variable `name` may hold stands in the text itself: each assignment is of letters alone. Then whatever
 * is named through it is among the text's words.
 */
export function isLiteral(text: ByteString, name: string): boolean {
  const values = assignedValues(text, name);
  return values !== null && values.length > 0 && values.every((value) => /^[\w\s./:,+-]*$/.test(value));
}

/** Whether all that `name` may hold stands in the text or in variables that are known. */
export function isTraceable(text: ByteString, name: string, known: KnownVariables): boolean {
  return traces(text, name, known, new Set());
}

function traces(text: ByteString, name: string, known: KnownVariables, seen: Set<string>): boolean {
  if (seen.has(name)) return true;
  seen.add(name);
  if (!/^[A-Za-z_]/.test(name)) return false;
  const values = assignedValues(text, name);
  if (values === null) return false;
  if (values.length === 0) return known.has(name) || known.complete;
  return values.every(
    (value) =>
      !/\$[^\w{]|\$\{[^\w]|`|<\(/.test(value) &&
      variablesIn(value).every((other) => traces(text, other, known, seen)),
  );
}

/** The values that a text assigns to a variable; null when it also gets one from a command. */
export function assignedValues(text: ByteString, name: string): ByteString[] | null {
  const own = `(?<![\\w$])${name}`;
  const fromCommand = new RegExp(
    `\\b(?:read|mapfile|readarray|getopts)\\b[^\\n;|&]*[\\s]${name}(?!\\w)|\\bprintf\\s+-v\\s+["']?${name}(?!\\w)|` +
      `\\b(?:declare|local|typeset)\\s+-\\w*n\\w*\\s+${name}(?!\\w)`,
  );
  if (fromCommand.test(text)) return null;
  const value = `((?:"(?:[^"\\\\]|\\\\.)*"|'[^']*'|\\([^)]*\\)|\\$\\(|[^\\s;&|()"'])*)`;
  const assigned = [...text.matchAll(new RegExp(`${own}(?:\\[[^\\]]*\\])?\\+?=${value}`, "g"))].map(
    ([, found]) => found!.replace(/^[("']+|[)"']+$/g, ""),
  );
  const loops = [
    ...text.matchAll(new RegExp(`\\b(?:for|select)\\s+${name}(?:\\s+in\\s+([^\\n;]*)|)`, "g")),
  ].map(([, list]) => (list ?? "$@").replace(/["']/g, ""));
  return [...assigned, ...loops];
}
