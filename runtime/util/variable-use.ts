import type { ByteString } from "./bytes.ts";

/** The text before the name of a variable that a program reads, in the languages of build systems. */
const before = [
  // Shells, make, configure files: $X ${X} $(X) $$X @X@; node: process.env.X
  /(?:\$|\$\{|\$\(|@|\benv\.)$/,
  // getenv("X") Getenv("X") environ["X"] environ.get("X") ENV{X} ENV{'X'} env::var("X") ENVIRON["X"] $ENV{X} env!("X")
  /(?:[gG]et_?[eE]nv|[lL]ookup_?[eE]nv|environb?|ENV(?:IRON)?|\benv|\bvar(?:_os)?|printenv)!?(?:\.(?:get|fetch|pop|setdefault))?\s*[[({]?\s*(?:b?\\?["'`])?$/,
];

/** Maximum length of such a text. */
const maxBefore = 48;

/**
 * Whether a program's text reads the environment variable `name`: the name occurs in an expansion or a lookup, and the text
 * has not set the variable before.
 */
export function readsVariable(text: ByteString, name: string): boolean {
  const set = assignment(text, name);
  for (let at = text.indexOf(name); at >= 0 && at < set; at = text.indexOf(name, at + name.length)) {
    if (/\w/.test(text[at + name.length] ?? "")) continue;
    const lead = text.slice(Math.max(0, at - maxBefore), at);
    if (/\w$/.test(lead)) continue;
    if (before.some((pattern) => pattern.test(lead)) && closes(text, at + name.length, lead)) return true;
  }
  return false;
}

/**
 * Returns the offset of the first line that sets the variable regardless of its old value (`X = …`), or Infinity.
 * `X ?= …`, `X += …` and `X=${X:-…}` do not count: they read the environment first.
 */
function assignment(text: ByteString, name: string): number {
  const own = new RegExp(
    `^[ \\t]*(?:export[ \\t]+|local[ \\t]+)?${name}[ \\t]*:{0,3}=(?!.*\\b${name}\\b)`,
    "m",
  );
  const at = text.search(own);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/** Whether the reference is complete: `@X@` needs the second `@`. */
function closes(text: ByteString, end: number, lead: string): boolean {
  return !lead.endsWith("@") || text[end] === "@";
}
