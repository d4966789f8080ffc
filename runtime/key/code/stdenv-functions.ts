import type { ByteString } from "../../util/bytes.ts";

/** The functions of stdenv. Their own code is known not to depend on variables that it does not name. */
export interface StdenvFunctions {
  /** Removes from a function's text the lines that are in stdenv's texts. */
  withoutStdenvLines(name: string, text: ByteString): ByteString;
  /** Whether stdenv has the function. */
  has(name: string): boolean;
}

/**
 * Finds the functions that stdenv defines.
 * @param texts stdenv's setup script and its own setup hooks. A function of the same name from elsewhere has other lines.
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

/** Removes the differences between source code and the output of `declare -f`. */
function condense(text: ByteString): ByteString {
  return text
    .replace(/[\s;\\]+/g, "")
    .replaceAll("1>&2", ">&2")
    .replaceAll("[[-n", "[[");
}
