import type { ByteString } from "../../util/bytes.ts";

/** Tells the text of stdenv's own functions, whose ways of looking at variables are known to do no harm. */
export interface StdenvFunctions {
  /** Function `text` without the lines that stand in stdenv's own text of the function. */
  withoutStdenvLines(name: string, text: ByteString): ByteString;
  /** Whether stdenv has the function. */
  has(name: string): boolean;
}

/**
 * @param texts stdenv's setup script and the setup hooks of its own: whoever else defines a function of the same name does
 *   not have the same lines
 */
export function parseStdenvFunctions(texts: readonly ByteString[]): StdenvFunctions {
  const names = new Set<string>();
  for (const text of texts) {
    for (const [, name] of text.matchAll(/^[ \t]*(?:function[ \t]+)?([\w.:+@-]+)[ \t]*\(\)/gm))
      names.add(name!);
  }
  let condensed: ByteString | undefined;
  return {
    has: (name) => names.has(name),
    withoutStdenvLines: (name, text) => {
      if (!names.has(name)) return text;
      condensed ??= condense(texts.join("\n").replace(/^[ \t]*#.*$/gm, ""));
      return text
        .split("\n")
        .filter((line) => !condensed!.includes(condense(line)))
        .join("\n");
    },
  };
}

/** Without all that `declare -f` writes in another way than people do. */
function condense(text: ByteString): ByteString {
  return text
    .replace(/[\s;\\]+/g, "")
    .replaceAll("1>&2", ">&2")
    .replaceAll("[[-n", "[[");
}
