import { createHash, getHashes } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { ByteString } from "../../util/bytes.ts";
import { toBytes } from "../../util/bytes.ts";
import { heartbeat } from "../../util/heartbeat.ts";

/** By a digest's bytes, what may have made it. `git` is SHA-1 of a blob with its header. */
const algorithms: Readonly<Record<number, readonly string[]>> = {
  16: ["md5"],
  20: ["sha1", "git"],
  28: ["sha224"],
  32: ["sha256", "sha3-256", "blake2s256"],
  48: ["sha384"],
  64: ["sha512", "blake2b512"],
};
const available = new Set([...getHashes().map((name) => name.toLowerCase()), "git"]);

/** Bytes of the digests of paths that are looked for everywhere: MD5, SHA-1, SHA-256, SHA-512 and others of their length. */
export const textLengths: ReadonlySet<number> = new Set([16, 20, 32, 64]);

/** Larger files are not digested: it takes seconds for each of them. */
const largest = 256 << 20;

/** The digests' texts by which a search knows what to compute: hexadecimal, of the given lengths. */
export interface Wanted {
  has(digest: string): boolean;
  /** Bytes of the digests that there are. */
  lengths: ReadonlySet<number>;
}

interface Hasher {
  update(piece: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

function hashers(size: number, { lengths }: Pick<Wanted, "lengths">): Hasher[] {
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

/** Those of a file's digests that are wanted; none of one that can't be read, or is too large. */
export function digestsOfFile(path: Buffer, size: number, wanted: Wanted): string[] {
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

/** The digests of a text, in hexadecimal, as it is and with a newline behind it. */
export function digestsOfText(text: ByteString, lengths: ReadonlySet<number>): string[] {
  return [text, `${text}\n`].map(toBytes).flatMap((bytes) =>
    hashers(bytes.length, { lengths }).map((hash) => {
      hash.update(bytes);
      return hash.digest("hex");
    }),
  );
}

/** The ways in which a digest, given in hexadecimal, is written as text. */
export function digestTexts(digest: string): ByteString[] {
  const bytes = Buffer.from(digest, "hex");
  const base64 = [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  return [...new Set([digest, digest.toUpperCase(), ...base64])];
}
