import type { Problem } from "../../store/problem.ts";
import { jsonEscape, printable, unprintable } from "../../util/bytes.ts";

/** How the command talks, by its global options. */
export interface Manner {
  color: "auto" | "always" | "never";
  quiet: boolean;
  verbose: boolean;
}

const manner: Manner = { color: "auto", quiet: false, verbose: false };

/** To be called before anything is printed. */
export function setManner({ color, quiet, verbose }: Manner): void {
  Object.assign(manner, { color, quiet, verbose });
}

/** Whether warnings and progress are not wanted. */
export function isQuiet(): boolean {
  return manner.quiet;
}

/** Select Graphic Rendition, ECMA-48. */
const styles = { bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof styles;

/** `text` in a colour, where `stream` is to show colours; the text itself has been made printable. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return showsColor(stream) ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
}

/** The option goes before the environment (https://no-color.org). */
export function showsColor({ isTTY }: NodeJS.WriteStream): boolean {
  if (manner.color !== "auto") return manner.color === "always";
  return isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** `text` with its arrows and ellipses in ASCII, unless a terminal shows it. */
export function plain(text: string): string {
  return process.stdout.isTTY ? text : text.replaceAll("→", "->").replaceAll("…", "...");
}

/** Says on standard error what only `--verbose` asks for; the text has been made printable. */
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
  if (!isQuiet()) nameProblems(problems);
}

/** Prints problems in the store on standard error, with `--quiet` as well. */
export function nameProblems(problems: readonly Problem[]): void {
  for (const { code, path, message } of problems) {
    const words = `${paint("red", code, process.stderr)}: ${printable(`${path}: ${message}`)}`;
    process.stderr.write(`phasecache: ${words}\n`);
  }
}
