import type { ByteString } from "../../util/bytes.ts";

/** Local variables that the text of a function declares. */
export interface Locals {
  /** Names of variables that are or may be local; too many rather than too few. */
  possible: Set<string>;
  /** Names of variables that are local wherever the text mentions them. */
  certain: Set<string>;
}

const statement = /(?<![\w$/.-])(?:local|declare|typeset)(?=[ \t\n;]|$)([^\n]*)/g;
const argument =
  /[ \t]+(?:(-\w+)|([A-Za-z_]\w*)(?:\+?=(?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^()]*\)|\([^()]*\)|[^\s;&|()"'])*)?)/y;

/**
 * Finds the local variables of a function.
 * @param text in the form of `declare -f`, where indentation shows which statements always run
 */
export function localsOf(text: ByteString): Locals {
  const possible = new Set<string>();
  const certain = new Set<string>();
  for (const match of text.matchAll(statement)) {
    const { names, complete } = namesIn(match[1]!);
    for (const name of complete ? names : (match[1]!.match(/[A-Za-z_]\w*/g) ?? [])) possible.add(name);
    for (const name of names) if (isFirstMention(text, name, match.index)) certain.add(name);
  }
  return { possible, certain };
}

function namesIn(list: ByteString): { names: string[]; complete: boolean } {
  const names: string[] = [];
  let at = 0;
  for (;;) {
    argument.lastIndex = at;
    const match = argument.exec(list);
    if (match === null) return { names, complete: /^[ \t]*(?:;|&&|\|\||$)/.test(list.slice(at)) };
    if (match[2] !== undefined) names.push(match[2]);
    at = argument.lastIndex;
  }
}

/**
 * Whether a declaration comes before every other mention of a name, and every later mention runs only if the declaration has
 * run: it is indented at least as much.
 */
function isFirstMention(text: ByteString, name: string, declaration: number): boolean {
  const start = text.lastIndexOf("\n", declaration) + 1;
  const mention = new RegExp(`(?<![\\w-])${name}(?!\\w)`);
  if (mention.test(text.slice(0, start))) return false;
  const own = indentation(text.slice(start));
  return text
    .slice(start)
    .split("\n")
    .every((line) => !mention.test(line) || indentation(line) >= own);
}

function indentation(line: ByteString): number {
  return /^ */.exec(line)![0].length;
}

/**
 * Whether a text may use a variable of its caller: it mentions the name other than in an option or a path, before any
 * declaration of its own and before any loop over it.
 */
export function usesVariable(text: ByteString, name: string): boolean {
  const mention = new RegExp(`\\$\\{?[!#]?${name}(?!\\w)|(?<![\\w./$-])${name}(?![\\w./-])`);
  const first = mention.exec(text);
  if (first === null || localsOf(text).certain.has(name)) return false;
  return !/(?<![\w$/.-])for[ \t]+$/.test(text.slice(0, first.index));
}
