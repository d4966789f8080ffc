import type { ByteString } from "../../util/bytes.ts";

/** Quotes bytes as an ASCII bash word, which bash reads as exactly these bytes in any locale and with any options. */
export function bashWord(bytes: ByteString): string {
  const quoted = bytes.replace(
    /[^A-Za-z0-9 _./:=+,@%-]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `$'${quoted}'`;
}
