import { createHash, getHashes } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { ByteString } from "../../util/bytes.ts";
import { toBytes } from "../../util/bytes.ts";
import { heartbeat } from "../../util/heartbeat.ts";

/** Algorithms by the length of their digests, in bytes. `git` is the SHA-1 of a git blob with its header. */
const algorithms: Readonly<Record<number, readonly string[]>> = {
  16: ["md5"],
  20: ["sha1", "git"],
  28: ["sha224"],
  32: ["sha256", "sha3-256", "blake2s256"],
  48: ["sha384"],
  64: ["sha512", "blake2b512"],
};
const available = new Set([...getHashes().map((name) => name.toLowerCase()), "git"]);

/**
 * Lengths of the digests of paths to search for, in bytes: MD5, SHA-1, SHA-256, SHA-512 and others of these lengths.
 */
export const textLengths: ReadonlySet<number> = new Set([16, 20, 32, 64]);

/** Larger files are not digested, since each would take seconds; in bytes. */
const largest = 256 << 20;

/** A set of digests in hexadecimal. */
export interface DigestSet {
  has(digest: string): boolean;
  /** Lengths of the digests in the set, in bytes. */
  lengths: ReadonlySet<number>;
}

interface Hasher {
  update(piece: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

function hashers(size: number, { lengths }: Pick<DigestSet, "lengths">): Hasher[] {
  return [...lengths]
    .flatMap((length) => algorithms[length] ?? [])
    .filter((name) => available.has(name))
    .map((name) => {
      if (name !== "git") return createHash(name);
      const hash = createHash("sha1");
      hash.update(`blob ${size}\0`);
      return hash;
    });
}

/** Returns a file's digests that are in `wanted`; none if the file can't be read or is too large. */
export function digestsOfFile(path: Buffer, size: number, wanted: DigestSet): string[] {
  if (size > largest) return [];
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return [];
  }
  try {
    const all = hashers(size, wanted);
    const piece = Buffer.allocUnsafe(Math.min(Math.max(size, 1), 1 << 20));
    for (;;) {
      const read = readSync(fd, piece, 0, piece.length, null);
      if (read === 0) break;
      heartbeat();
      for (const hash of all) hash.update(piece.subarray(0, read));
    }
    return all.map((hash) => hash.digest("hex")).filter((digest) => wanted.has(digest));
  } catch {
    return [];
  } finally {
    closeSync(fd);
  }
}

/** Returns the digests of a text, with and without a trailing newline, in hexadecimal. */
export function digestsOfText(text: ByteString, lengths: ReadonlySet<number>): string[] {
  return [text, `${text}\n`].map(toBytes).flatMap((bytes) =>
    hashers(bytes.length, { lengths }).map((hash) => {
      hash.update(bytes);
      return hash.digest("hex");
    }),
  );
}

/** Returns the textual forms of a digest that is given in hexadecimal. */
export function digestTexts(digest: string): ByteString[] {
  const bytes = Buffer.from(digest, "hex");
  const base64 = [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  return [...new Set([digest, digest.toUpperCase(), ...base64])];
}
