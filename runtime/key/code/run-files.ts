import { readFileSync, statSync } from "node:fs";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";

/** A file that a shell text runs, or may run: it may be copied first. */
export interface RunFile {
  path: ByteString;
  /** Whether it is read as shell text by the very shell (`source`), and not as a program of some language. */
  sourced: boolean;
}

const start =
  "(?:^|[\\n;&|(`]|(?<!\\$)\\{|\\b(?:then|do|else|if|while|until|exec|command|env|time)\\b)[ \\t]*";
const file = "[\"']?((?:/|\\$\\{?\\w+\\}?)[^\\s;&|)\"'<>`]*)";
const sourcing = new RegExp(`${start}(?:source|\\.)[ \\t]+${file}`, "g");
const mentioning = new RegExp(`(?<![\\w./-])${file}`, "g");
const glued = new RegExp(`[ \\t]-[fPC]${file}`, "g");

/**
 * The files in the Nix store that a shell text names, and so may run.
 * @param textOf a variable's text; undefined when it is not known
 */
export function filesRunBy(
  text: ByteString,
  storeDir: ByteString,
  textOf: (name: string) => ByteString | undefined,
): RunFile[] {
  const found = new Map<ByteString, RunFile>();
  const add = (token: ByteString, sourced: boolean) => {
    const path = token.replace(
      /\$\{(\w+)\}|\$(\w+)/g,
      (whole, braced, plain) => textOf(braced ?? plain) ?? whole,
    );
    if (path.startsWith(`${storeDir}/`) && !path.includes("$")) found.set(path, { path, sourced });
  };
  for (const pattern of [mentioning, glued])
    for (const [, token] of text.matchAll(pattern)) add(token!, false);
  for (const [, token] of text.matchAll(sourcing)) add(token!, true);
  return [...found.values()];
}

/** Scripts are small, and no phase runs very many of them; in bytes. */
const largest = 1 << 20;

/** A file's text; null for what is none, or is not there. */
export function readText(path: ByteString): ByteString | null {
  try {
    const status = statSync(toBytes(path));
    if (!status.isFile() || status.size > largest) return null;
    const text = fromBytes(readFileSync(toBytes(path)));
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
