import type { ByteString } from "../../util/bytes.ts";

/**
 * How relocation treats a file that names an output. `patched`: its bytes are replaced. `unknown`: likewise, although
 * its format is unknown. `unsearched`: a phase made it, and it could not be unpacked and searched. `not-relocatable`:
 * it can't be relocated.
 */
export const verdicts = ["patched", "unknown", "unsearched", "not-relocatable"] as const;
export type Verdict = (typeof verdicts)[number];

/** The class of a regular file that names an output, or may do so. */
export interface FileClass {
  /** Layer path. */
  path: ByteString;
  verdict: Verdict;
  /**
   * What the verdict follows from: the file's format (`text`, `ELF`, `sqlite`); `in gzip` for packed data;
   * `as base64` for another form of a hash; `pieces` for pieces of one; `digest` for a digest of a file or path;
   * `signature` for a checksum or signature of another file.
   */
  kind: string;
}

/**
 * The kind of an ELF file with a build id: a digest of the bytes that the linker wrote. Patching does not update it.
 */
export const elfWithBuildId = "ELF with a build id";

/** The kind of a text whose lines are sorted by hashes of several outputs: new hashes may sort differently. */
export const sortedText = "sorted text";

/** The kind of a file that changed before it could be classified. */
export const changedFile = "file that changed";

/** Returns why a file can't be relocated, as the predicate of a sentence that begins with the file's path. */
export function whyNotRelocatable({ kind }: FileClass): string {
  const contains = (how: string) => `contains an output path ${how} and can't be relocated`;
  if (kind === "pieces") return contains("in pieces");
  if (kind === changedFile) return "changed while it was saved and can't be relocated";
  if (kind === sortedText)
    return "is sorted by output paths, whose order has changed, and can't be relocated";
  if (kind === "digest")
    return "contains a digest of an output path, or of a file with one, and can't be relocated";
  if (kind === "signature") return "contains a checksum of a file with an output path and can't be relocated";
  if (kind.startsWith("in ")) return contains(`in packed data (${kind.slice(3)})`);
  if (kind.startsWith("as ")) return contains(`in another form (${kind.slice(3)})`);
  return contains(`in a format with checksums or ordered contents (${kind})`);
}
