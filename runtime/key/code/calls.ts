import type { ByteString } from "../../util/bytes.ts";
import { escapeRegExp } from "../../util/regexp.ts";
import { assignedValues, variablesIn } from "./variables.ts";
import { wordsOf } from "./words.ts";

/**
 * Returns the words of a shell text that may call a function: all except names of variables (`$x`, `${x`, `x=`), defaults in
 * expansions (`${y-x}`), parts of options and paths, and words that are compared or assigned (`= x`).
 */
export function callsOf(text: ByteString): Set<string> {
  return new Set(
    text.match(
      /(?<![\w$/.-])(?<!\$\{[!#]?)(?<!=["']?)(?<!(?:\s|[=!])=\s+["']?)[A-Za-z_]\w*(?![\w=]|\+=|\[)/g,
    ),
  );
}

const start =
  "(?:^|[\\n;&|(`]|(?<!\\$)\\{|\\b(?:then|do|else|if|while|until|eval|exec|command|runHook|runOneHook)\\b)[ \\t]*";
const lookup = "\\b(?:command[ \\t]+-[vV]|type(?:[ \\t]+-\\w+)*|which|hash)[ \\t]+";
const computed = new RegExp(
  `(?:${start}|${lookup})["']?((?:[\\w.+-]|\\$\\w+|\\$\\{\\w+(?:\\[[@*\\w]+\\])?\\})*\\$\\{?\\w(?:[\\w.+-]|\\$\\w+|\\$\\{\\w+\\}|\\[[@*\\w]+\\]|\\})*)["']?(?=[\\s;&|)<>]|$)`,
  "g",
);

/** Calls of commands and functions with computed names. */
export interface ComputedCalls {
  /** Possible complete names. When the text may assign a name to a variable, these are all words of the text. */
  words: Set<string>;
  /** Variables whose values may be such names. */
  variables: string[];
  /** Patterns of names that are composed of parts. */
  patterns: RegExp[];
}

const expansion = /\$\{\w+(?:\[[@*\w]+\])?\}|\$\w+/;

/** Returns the pattern of the names that a word with variables can expand to; null when it has no literal part. */
function patternOf(word: ByteString): RegExp | null {
  const parts = word.split(expansion);
  return parts.join("") === "" ? null : matching(parts.join("\0"));
}

/** Returns a pattern that matches `text` with any text in place of each NUL. */
function matching(text: ByteString): RegExp {
  return new RegExp(`^${text.replace(/[^\w\0]/g, "\\$&").replaceAll("\0", ".*")}$`);
}

/** Returns the patterns of the names that a text composes in a variable. Paths are left out: they name no functions. */
function patternsOf(text: ByteString, variable: string): RegExp[] {
  const values = (assignedValues(text, variable) ?? []).filter((value) => /^[\w.+${}-]+$/.test(value));
  const isExtended = new RegExp(`(?<![\\w$])${variable}\\+=`).test(text);
  if (isExtended)
    return values
      .filter(({ length }) => length > 1)
      .map((value) => matching(`\0${value.split(expansion).join("\0")}\0`));
  return values.filter((value) => expansion.test(value)).flatMap((value) => patternOf(value) ?? []);
}

/** Returns the calls with computed names: `$helper`, `$prefix-build`, `command -v $name`. Null when there are none. */
export function computedCallsOf(text: ByteString): ComputedCalls | null {
  const found: ComputedCalls = { words: new Set(), variables: [], patterns: [] };
  for (const [, token] of text.matchAll(computed)) {
    const variables = variablesIn(token!);
    found.variables.push(...variables);
    const pattern = patternOf(token!);
    if (pattern !== null) found.patterns.push(pattern);
    else found.patterns.push(...variables.flatMap((name) => patternsOf(text, name)));
  }
  if (found.variables.length === 0) return null;
  if (found.variables.some((name) => canHoldWords(text, name))) found.words = wordsOf(text);
  return found;
}

/** Whether a text may assign one of its words to a variable. Otherwise the variable keeps its value. */
function canHoldWords(text: ByteString, name: string): boolean {
  const isPositional = !/^[A-Za-z_]/.test(name);
  return (
    isPositional || new RegExp(`\\$\\{${name}:?=`).test(text) || assignedValues(text, name)?.length !== 0
  );
}

/** Whether a text calls `name` as a command, not counting quoted texts in other languages, such as Perl's `or die`. */
export function isCommandIn(text: ByteString, name: string): boolean {
  const outside = text.replace(/(?<!\b(?:eval|trap)[ \t]*|-c[ \t]*)'[^']*'/g, "''");
  const escaped = escapeRegExp(name);
  return new RegExp(`(?:${start}|![ \\t]+)["']?${escaped}(?![\\w-])`).test(outside);
}
