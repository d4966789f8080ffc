import type { ByteString } from "../util/bytes.ts";
import { escapeRegExp } from "../util/regexp.ts";
import type { ShellState, Value } from "./state.ts";

/** What GNU mktemp takes where it is given no template. */
const usualTemplate = "tmp.XXXXXXXXXX";

/** Of a file, in bytes. */
const longestName = 255;

/**
 * A function that takes away what chance made of the names of temporary files: what fits a template that the shell's code
 * gives to mktemp becomes that template again.
 */
export function temporaryNames({ functions, variables }: ShellState): (text: ByteString) => ByteString {
  const texts = [
    ...[...functions.values()].map(({ text }) => text),
    ...[...variables.values()].flatMap(({ value }) => textsOf(value)),
  ];
  const templates = new Set([usualTemplate, ...texts.flatMap(templatesIn)]);
  const patterns = [...templates].flatMap(patternOf);
  return (text) =>
    patterns.reduce((masked, { template, pattern }) => masked.replace(pattern, () => template), text);
}

function textsOf(value: Value): ByteString[] {
  if (value.kind === "unset") return [];
  return value.kind === "string" ? [value.text] : value.items.map(([, item]) => item);
}

/** The templates in a text's calls of mktemp, each as far as it stands there literally. */
function templatesIn(text: ByteString): ByteString[] {
  // Most texts are searched in vain, and some are long.
  if (!text.includes("mktemp")) return [];
  const calls = [...text.matchAll(/\bmktemp\b([^;|&\n]*)/g)].map(([, words]) =>
    words!.replace(/\$(\w+|\{[^}]*\}|\([^)]*\))/g, " "),
  );
  const words = calls.flatMap((call) => call.split(/[^\w.+,@%=:-]+/));
  return words.filter((word) => word.includes("XXX") && word.length <= longestName);
}

/** mktemp replaces a template's last X's, of which it wants three, by letters and digits. */
function patternOf(template: ByteString): { template: ByteString; pattern: RegExp }[] {
  const [, head, xs, tail] = /^(.*?)(X{3,})([^X]*)$/.exec(template) ?? [];
  if (xs === undefined) return [];
  const name = `${escapeRegExp(head!)}[A-Za-z0-9]{${xs.length}}${escapeRegExp(tail!)}`;
  // Of a longer word only a whole part counts.
  const [before, behind] = [/^\w/.test(template) ? "(?<![A-Za-z0-9])" : "", "(?![A-Za-z0-9])"];
  return [{ template, pattern: new RegExp(`${before}${name}${behind}`, "g") }];
}
