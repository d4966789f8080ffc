import { type ByteString, toBytes } from "../util/bytes.ts";
import { type Digest, sha256 } from "../util/hash.ts";
import { type AttributeValue, isList } from "./derivation/attributes.ts";

/**
 * The netstring of `bytes`, `5:hello,`: unambiguous however many are written one after the other.
 * Source: D. J. Bernstein, "Netstrings", 1997.
 */
export function netstring(bytes: ByteString): ByteString {
  return `${bytes.length}:${bytes},`;
}

/** The sha256 of the netstrings of `parts`, one after the other. */
export function digestOf(parts: readonly ByteString[]): Digest {
  return sha256(toBytes(parts.map(netstring).join("")));
}

/** A value as the parts of a digest: its kind first, so that a list of one text differs from that text. */
export function valueParts(value: AttributeValue): ByteString[] {
  if (typeof value === "string") return ["text", value];
  if (isList(value)) return ["list", ...value];
  return "json" in value ? ["json", value.json] : ["file", value.file];
}
