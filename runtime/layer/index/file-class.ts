import type { ByteString } from "../../util/bytes.ts";

/**
 * What relocation may do with a file that names an output. `patched`: its bytes can be replaced. `unknown`: likewise, but
 * nobody knows its format. `unsearched`: a phase made it, and it can't be looked into. `not-relocatable`: it can't be relocated.
 */
export const verdicts = ["patched", "unknown", "unsearched", "not-relocatable"] as const;
export type Verdict = (typeof verdicts)[number];

/** A regular file of a layer that names an output, or may do so. */
export interface FileClass {
  /** Layer path. */
  path: ByteString;
  verdict: Verdict;
  /**
   * What decided it, in a few words: the file's format (`text`, `ELF`, `sqlite`); `in gzip` for packed data; `as base64` for
   * another form of a hash; `pieces` of one; `digest` of a file or path; `signature` for a file that speaks of another one.
   */
  kind: string;
}

/** What a file with a build id is: a digest of its bytes as the linker wrote them, which patching does not change. */
export const elfWithBuildId = "ELF with a build id";

/** Text whose lines are sorted, with hashes of several outputs: other hashes may have another order. */
export const sortedText = "sorted text";

/** Why a file can't be relocated, to stand behind its path. */
export function whyNotRelocatable({ kind }: FileClass): string {
  const holds = (how: string) => `holds the path of an output ${how}, which can't be relocated`;
  if (kind === "pieces") return holds("in pieces");
  if (kind === "sorted text")
    return "is sorted by paths of outputs, which now have another order: it can't be relocated";
  if (kind === "digest")
    return "holds a digest of an output's path, or of a file that names an output: it can't be relocated";
  if (kind === "signature") return "holds a checksum of a file that names an output: it can't be relocated";
  if (kind.startsWith("in ")) return holds(`in packed data (${kind.slice(3)})`);
  if (kind.startsWith("as ")) return holds(`in another form (${kind.slice(3)})`);
  return holds(`in a format with checksums or an order (${kind})`);
}
