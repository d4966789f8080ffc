import type { ByteString } from "../../util/bytes.ts";

/** A construct that encloses a position of a shell text: double quotes, `${…}`, `(…)`, or backquotes. */
type Context = '"' | "}" | ")" | "`";

/**
 * Removes the comments from a shell text. From a point where comments can't be recognised (an unterminated here-document, a
 * `case` inside a command substitution in quotes), the text stays unchanged, so that no word is lost.
 */
export function withoutComments(text: ByteString): ByteString {
  if (!text.includes("#")) return text;
  const parts: ByteString[] = [];
  const contexts: Context[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    if (isComment(text, at, contexts.at(-1))) {
      parts.push(text.slice(from, at));
      at = from = endOfLine(text, at);
      continue;
    }
    const next = step(text, at, contexts);
    if (next === null) break;
    at = next;
  }
  return parts.join("") + text.slice(from);
}

function isComment(text: ByteString, at: number, context: Context | undefined): boolean {
  if (text[at] !== "#" || (context !== undefined && context !== ")")) return false;
  return at === 0 || /[\s;]/.test(text[at - 1]!);
}

function endOfLine(text: ByteString, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Returns where parsing continues after the construct at `at`; null where that is unknown. Updates `contexts`. */
function step(text: ByteString, at: number, contexts: Context[]): number | null {
  const char = text[at]!;
  const top = contexts.at(-1);
  if (char === "\\") return at + 2;
  if (char === top) {
    contexts.pop();
    return at + 1;
  }
  if (char === '"' || char === "`") contexts.push(char);
  else if (text.startsWith("${", at)) return enter(contexts, "}", at + 2);
  else if (text.startsWith("$(", at)) return enter(contexts, ")", at + 2);
  else if (top === '"') return at + 1;
  else if (char === "'") return endOfQuote(text, at, contexts);
  else if (top !== "}" && char === "(") contexts.push(")");
  else if (top !== "}" && text.startsWith("<<", at))
    return text[at + 2] === "<" ? at + 3 : endOfDocument(text, at);
  else if (contexts.includes('"') && /^\bcase\b/.test(text.slice(at, at + 5))) return null;
  return at + 1;
}

function enter(contexts: Context[], context: Context, at: number): number {
  contexts.push(context);
  return at;
}

function endOfQuote(text: ByteString, at: number, contexts: readonly Context[]): number | null {
  // In double quotes, the apostrophes of ${x:-'y'} do not quote.
  if (contexts.includes("}") && contexts.includes('"')) return null;
  if (text[at - 1] !== "$") {
    const end = text.indexOf("'", at + 1);
    return end < 0 ? null : end + 1;
  }
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "'") return i + 1;
  }
  return null;
}

/** Returns the end of the here-document whose operator is at `at`. Also skips the rest of the operator's line. */
function endOfDocument(text: ByteString, at: number): number | null {
  const [, tabs, , word] = /^<<(-?)[ \t]*(["'\\]?)([A-Za-z_]\w*)\2/.exec(text.slice(at, at + 200)) ?? [];
  if (word === undefined) return null;
  const begin = endOfLine(text, at);
  const end = new RegExp(`\\n${tabs === "-" ? "\\t*" : ""}${word}(?=\\n|$)`).exec(text.slice(begin));
  return end === null ? null : begin + end.index + end[0].length;
}
