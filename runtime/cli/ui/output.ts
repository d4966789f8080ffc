import type { Problem } from "../../store/problem.ts";
import { jsonEscape, printable, unprintable } from "../../util/bytes.ts";

/** The global options that control the output. */
export interface Manner {
  color: "auto" | "always" | "never";
  quiet: boolean;
  verbose: boolean;
}

const manner: Manner = { color: "auto", quiet: false, verbose: false };

/** Sets them; to be called before any output. */
export function setManner({ color, quiet, verbose }: Manner): void {
  Object.assign(manner, { color, quiet, verbose });
}

/** Whether warnings and progress are suppressed. */
export function isQuiet(): boolean {
  return manner.quiet;
}

/** Select Graphic Rendition, ECMA-48. */
const styles = { bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof styles;

/** Returns `text` in a colour if `stream` shows colours; the text must already be printable. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return showsColor(stream) ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
}

/** `--color` overrides the environment (https://no-color.org). */
export function showsColor({ isTTY }: NodeJS.WriteStream): boolean {
  if (manner.color !== "auto") return manner.color === "always";
  return isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** Returns `text` with ASCII arrows and ellipses, unless standard output is a terminal. */
export function plain(text: string): string {
  return process.stdout.isTTY ? text : text.replaceAll("→", "->").replaceAll("…", "...");
}

/** Prints a detail on standard error with `--verbose`; the text must already be printable. */
export function detail(text: string): void {
  if (manner.verbose) process.stderr.write(`phasecache: ${text}\n`);
}

/** Prints a document for programs; a terminal may show it, too. */
export function printDocument(document: object): void {
  process.stdout.write(`${documentText(document)}\n`);
}

/** Returns a document as JSON; characters that a terminal would interpret are escaped. */
export function documentText(document: object): string {
  return JSON.stringify({ schema: 1, ...document }).replace(unprintable, jsonEscape);
}

/** Prints a warning on standard error, unless `--quiet` is set. */
export function warn(text: string): void {
  if (!isQuiet()) process.stderr.write(`phasecache: ${printable(text)}\n`);
}

/** Warns of problems in the store. */
export function warnOf(problems: readonly Problem[]): void {
  if (!isQuiet()) printProblems(problems);
}

/** Prints problems in the store on standard error, with `--quiet` as well. */
export function printProblems(problems: readonly Problem[]): void {
  for (const { code, path, message } of problems) {
    const words = `${paint("red", code, process.stderr)}: ${printable(`${path}: ${message}`)}`;
    process.stderr.write(`phasecache: ${words}\n`);
  }
}
