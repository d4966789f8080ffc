import { type ByteString, toBytes } from "../util/bytes.ts";
import { type Digest, sha256 } from "../util/hash.ts";
import { type AttributeValue, isList } from "./derivation/attributes.ts";

/**
 * Encodes bytes as a netstring, `5:hello,`. A sequence of netstrings is unambiguous.
 * Source: D. J. Bernstein, "Netstrings", 1997.
 */
export function netstring(bytes: ByteString): ByteString {
  return `${bytes.length}:${bytes},`;
}

/** Returns the sha256 of the concatenated netstrings of `parts`. */
export function digestOf(parts: readonly ByteString[]): Digest {
  return sha256(toBytes(parts.map(netstring).join("")));
}

/** Returns a value as parts of a digest. The first is its kind, so that a list of one text differs from that text. */
export function valueParts(value: AttributeValue): ByteString[] {
  if (typeof value === "string") return ["text", value];
  if (isList(value)) return ["list", ...value];
  return "json" in value ? ["json", value.json] : ["file", value.file];
}
