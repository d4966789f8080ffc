import type { ByteString } from "../../util/bytes.ts";

/** A bash word, ASCII only, that stands for exactly these bytes in any locale and with any options set. */
export function bashWord(bytes: ByteString): string {
  const quoted = bytes.replace(
    /[^A-Za-z0-9 _./:=+,@%-]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `$'${quoted}'`;
}
