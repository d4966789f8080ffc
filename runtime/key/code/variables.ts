import type { ByteString } from "../../util/bytes.ts";

/** Knowledge about the variables that a shell text uses but does not assign. */
export interface KnownVariables {
  /** Whether the variable's value is searched wherever its name occurs: an attribute, or a variable set by setup hooks. */
  has(name: string): boolean;
  /** Whether the variable is an attribute of the derivation. */
  isAttribute(name: string): boolean;
  /** Whether all other variables are unset. This holds in the functions of setup hooks, which use variables of their own. */
  complete: boolean;
}

const reference = /\$\{?(\w+)/g;

/** Returns the variables that a part of a shell text expands. */
export function variablesIn(piece: ByteString): string[] {
  return [...piece.matchAll(reference)].map(([, name]) => name!);
}

/**
 * Whether all possible values of variable `name` are in the text itself: every assigned value is a literal. Then every name
 * that the variable can contain is among the text's words.
 */
export function isLiteral(text: ByteString, name: string): boolean {
  const values = assignedValues(text, name);
  return values !== null && values.length > 0 && values.every((value) => /^[\w\s./:,+-]*$/.test(value));
}

/** Whether all possible values of variable `name` come from the text or from known variables. */
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

/** Returns the values that a text assigns to a variable; null when a command also sets the variable. */
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
