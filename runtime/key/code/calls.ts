import type { ByteString } from "../../util/bytes.ts";
import { escapeRegExp } from "../../util/regexp.ts";
import { assignedValues, variablesIn } from "./variables.ts";
import { wordsOf } from "./words.ts";

/**
 * The words of a shell text that may call a function: all but those that are a variable's (`$x`, `${x`, `x=`), a
 * default in an expansion (`${y-x}`), part of an option or a path, or compared or assigned (`= x`).
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
const ask = "\\b(?:command[ \\t]+-[vV]|type(?:[ \\t]+-\\w+)*|which|hash)[ \\t]+";
const made = new RegExp(
  `(?:${start}|${ask})["']?((?:[\\w.+-]|\\$\\w+|\\$\\{\\w+(?:\\[[@*\\w]+\\])?\\})*\\$\\{?\\w(?:[\\w.+-]|\\$\\w+|\\$\\{\\w+\\}|\\[[@*\\w]+\\]|\\})*)["']?(?=[\\s;&|)<>]|$)`,
  "g",
);

/** Commands and functions of a text whose names it makes first. */
export interface ComputedCalls {
  /** The whole names that may be meant: where the text may have put one into a variable, all words of the text. */
  words: Set<string>;
  /** Variables whose texts may be such a name. */
  variables: string[];
  /** What the names look like that are put together from pieces. */
  patterns: RegExp[];
}

const expansion = /\$\{\w+(?:\[[@*\w]+\])?\}|\$\w+/;

/** What names look like that a word with variables in it makes; null where nothing of them stands there. */
function shapeOf(word: ByteString): RegExp | null {
  const parts = word.split(expansion);
  return parts.join("") === "" ? null : matching(parts.join("\0"));
}

/** `text` with anything in the place of NULs. */
function matching(text: ByteString): RegExp {
  return new RegExp(`^${text.replace(/[^\w\0]/g, "\\$&").replaceAll("\0", ".*")}$`);
}

/** What the names look like that a text puts together in a variable, piece by piece; a path is no function's name. */
function shapesOf(text: ByteString, variable: string): RegExp[] {
  const values = (assignedValues(text, variable) ?? []).filter((value) => /^[\w.+${}-]+$/.test(value));
  const isExtended = new RegExp(`(?<![\\w$])${variable}\\+=`).test(text);
  if (isExtended)
    return values
      .filter(({ length }) => length > 1)
      .map((value) => matching(`\0${value.split(expansion).join("\0")}\0`));
  return values.filter((value) => expansion.test(value)).flatMap((value) => shapeOf(value) ?? []);
}

/** The calls in a text like `$helper`, `$prefix-build` and `command -v $name`. Null when there are none. */
export function computedCallsOf(text: ByteString): ComputedCalls | null {
  const found: ComputedCalls = { words: new Set(), variables: [], patterns: [] };
  for (const [, token] of text.matchAll(made)) {
    const variables = variablesIn(token!);
    found.variables.push(...variables);
    const shape = shapeOf(token!);
    if (shape !== null) found.patterns.push(shape);
    else found.patterns.push(...variables.flatMap((name) => shapesOf(text, name)));
  }
  if (found.variables.length === 0) return null;
  if (found.variables.some((name) => canHoldWords(text, name))) found.words = wordsOf(text);
  return found;
}

/** Whether a text may give a variable one of its own words; else it holds what it held before. */
function canHoldWords(text: ByteString, name: string): boolean {
  const isPositional = !/^[A-Za-z_]/.test(name);
  return (
    isPositional || new RegExp(`\\$\\{${name}:?=`).test(text) || assignedValues(text, name)?.length !== 0
  );
}

/** Whether a text calls `name` as a command: not in another language's text, as `or die` is in Perl's. */
export function isCommandIn(text: ByteString, name: string): boolean {
  const outside = text.replace(/(?<!\b(?:eval|trap)[ \t]*|-c[ \t]*)'[^']*'/g, "''");
  const escaped = escapeRegExp(name);
  return new RegExp(`(?:${start}|![ \\t]+)["']?${escaped}(?![\\w-])`).test(outside);
}
