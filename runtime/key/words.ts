import type { ByteString } from "../util/bytes.ts";

/** All words of a text that could name a variable, a function or a command. */
export function wordsOf(text: ByteString): Set<string> {
  const words = new Set(text.match(/[A-Za-z_]\w*/g));
  for (const hyphenated of text.match(/[A-Za-z_]\w*(?:-\w+)+/g) ?? []) words.add(hyphenated);
  return words;
}

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

const commandStart = /(?:^|[\n;&|(`]|\b(?:then|do|else)\b)[ \t]*/;
const dump =
  /(?:(?:\/[\w/]*)?env|printenv|set|export(?: -p)?|(?:declare|typeset)(?: -[px]+)?)[ \t]*(?=[\n;&|)`<>]|\d>|$)/;
const readsAll = new RegExp(`${commandStart.source}${dump.source}|\\bcompgen\\b|/environ\\b|\\benv-vars\\b`);

/** Whether a shell text looks at the environment as a whole (`env > file`), and so at every variable there is. */
export function readsEverything(text: ByteString): boolean {
  return readsAll.test(text);
}

/** `text` without the names of store paths: what a path is called says nothing about who uses what. */
export function withoutStorePaths(text: ByteString, storeDir: ByteString): ByteString {
  if (!text.includes(storeDir)) return text;
  const escaped = storeDir.replace(/\W/g, "\\$&");
  return text.replace(new RegExp(`${escaped}/[0-9a-z]{32}-[\\w+.?=-]+`, "g"), storeDir);
}
