import type { ByteString } from "../../util/bytes.ts";
import { storePathsOf } from "../../util/store-path.ts";

/** Returns all words of a text that could name a variable, a function or a command. */
export function wordsOf(text: ByteString): Set<string> {
  const words = new Set(text.match(/[A-Za-z_]\w*/g));
  for (const pattern of [/[A-Za-z_]\w*(?:-\w+)+/g, /[A-Za-z_]\w*(?:[.-]\w+)+/g])
    for (const compound of text.match(pattern) ?? []) words.add(compound);
  return words;
}

/** Removes the names of store paths from a text. A word in such a name is not a use. */
export function withoutStorePaths(text: ByteString, storeDir: ByteString): ByteString {
  if (!text.includes(storeDir)) return text;
  return text.replace(storePathsOf([storeDir]), storeDir);
}
