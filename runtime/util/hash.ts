import { createHash } from "node:crypto";

/** A sha256 as 64 lower-case hexadecimal digits. Blobs are named by it. */
export type Digest = string & { readonly __brand: "Digest" };

export function sha256(...parts: (Uint8Array | string)[]): Digest {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex") as Digest;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}
