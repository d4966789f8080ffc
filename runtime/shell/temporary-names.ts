import type { ByteString } from "../util/bytes.ts";
import { escapeRegExp } from "../util/regexp.ts";
import type { ShellState, Value } from "./state.ts";

/** GNU mktemp's template when none is given. */
const defaultTemplate = "tmp.XXXXXXXXXX";

/** Maximum length of a file name, in bytes. */
const maxNameLength = 255;

/**
 * Returns a function that removes the random parts of temporary file names from a text: a name that matches a template which
 * the shell's code passes to mktemp becomes that template.
 */
export function temporaryNames({ functions, variables }: ShellState): (text: ByteString) => ByteString {
  const texts = [
    ...[...functions.values()].map(({ text }) => text),
    ...[...variables.values()].flatMap(({ value }) => textsOf(value)),
  ];
  const templates = new Set([defaultTemplate, ...texts.flatMap(templatesIn)]);
  const patterns = [...templates].flatMap(patternOf);
  return (text) =>
    patterns.reduce((masked, { template, pattern }) => masked.replace(pattern, () => template), text);
}

function textsOf(value: Value): ByteString[] {
  if (value.kind === "unset") return [];
  return value.kind === "string" ? [value.text] : value.items.map(([, item]) => item);
}

/** Returns the literal parts of the templates in a text's calls of mktemp. */
function templatesIn(text: ByteString): ByteString[] {
  // A quick check: most texts contain no call, and some are long.
  if (!text.includes("mktemp")) return [];
  const calls = [...text.matchAll(/\bmktemp\b([^;|&\n]*)/g)].map(([, words]) =>
    words!.replace(/\$(\w+|\{[^}]*\}|\([^)]*\))/g, " "),
  );
  const words = calls.flatMap((call) => call.split(/[^\w.+,@%=:-]+/));
  return words.filter((word) => word.includes("XXX") && word.length <= maxNameLength);
}

/** Returns the pattern of a template's names. mktemp replaces its last run of X, at least three, by letters and digits. */
function patternOf(template: ByteString): { template: ByteString; pattern: RegExp }[] {
  const [, start, xs, end] = /^(.*?)(X{3,})([^X]*)$/.exec(template) ?? [];
  if (xs === undefined) return [];
  const name = `${escapeRegExp(start!)}[A-Za-z0-9]{${xs.length}}${escapeRegExp(end!)}`;
  // A match must not be a part of a longer word.
  const [before, after] = [/^\w/.test(template) ? "(?<![A-Za-z0-9])" : "", "(?![A-Za-z0-9])"];
  return [{ template, pattern: new RegExp(`${before}${name}${after}`, "g") }];
}
