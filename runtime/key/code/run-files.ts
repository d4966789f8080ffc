import { readFileSync, statSync } from "node:fs";
import { type ByteString, fromBytes, toBytes } from "../../util/bytes.ts";

/** A file that a shell text runs or may run. The text may, for example, copy the file first. */
export interface RunFile {
  path: ByteString;
  /** Whether the same shell reads it (`source`). Otherwise it is a program in any language. */
  sourced: boolean;
}

const start =
  "(?:^|[\\n;&|(`]|(?<!\\$)\\{|\\b(?:then|do|else|if|while|until|exec|command|env|time)\\b)[ \\t]*";
const file = "[\"']?((?:/|\\$\\{?\\w+\\}?)[^\\s;&|)\"'<>`]*)";
/** Matches sourced files, files that are named in any other way, and files that directly follow an option's letter. */
const sourcedFile = new RegExp(`${start}(?:source|\\.)[ \\t]+${file}`, "g");
const namedFile = new RegExp(`(?<![\\w./-])${file}`, "g");
const attachedFile = new RegExp(`[ \\t]-[fPC]${file}`, "g");

/**
 * Returns the files in the Nix store that a shell text names, and therefore may run.
 * @param textOf returns a variable's value, or undefined when it is unknown
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
  for (const pattern of [namedFile, attachedFile])
    for (const [, token] of text.matchAll(pattern)) add(token!, false);
  for (const [, token] of text.matchAll(sourcedFile)) add(token!, true);
  return [...found.values()];
}

/** Maximum size of a script, in bytes. Scripts are small. */
const maxSize = 1 << 20;

/** Reads a text file. Returns null when the file is missing, too large, or not a text. */
export function readText(path: ByteString): ByteString | null {
  try {
    const status = statSync(toBytes(path));
    if (!status.isFile() || status.size > maxSize) return null;
    const text = fromBytes(readFileSync(toBytes(path)));
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
