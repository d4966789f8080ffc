import { type ByteString, fromBytes } from "../../util/bytes.ts";
import { hashLength } from "../../util/store-path.ts";
import { digestsOfText, digestTexts, textLengths } from "./digests.ts";
import { type Form, formsOf, fourByteForms, wideForm, widePartialHashes } from "./forms.ts";
import { partialHashLength } from "./partial-hash.ts";

/** What to look for besides the patterns: other forms of the same hashes. */
export interface ForeignForms {
  /** Of the hash with that number. */
  forms: { hash: number; form: Form }[];
  /** For 32-bit objects alone. */
  fourBytes: { hash: number; form: Form }[];
  /** What to look for in packed data: the hashes as they are, and as text of wide characters. */
  plain: ByteString[];
}

/** What a linker's reference to a file with debug information is called (see checksum-references.ts). */
export const debugLink: Form = { kind: "signature", bytes: ".gnu_debuglink" };

function digestForms(path: ByteString): Form[] {
  const texts = digestsOfText(path, textLengths).flatMap(digestTexts);
  return texts.map((bytes) => ({ kind: "digest", bytes }));
}

/** The hashes among a build's patterns. */
function hashesIn(patterns: readonly Uint8Array[]): ByteString[] {
  return patterns.map(fromBytes).filter((text) => text.length === hashLength && !text.includes("-"));
}

/** @param outputPaths whose digests are looked for as well */
export function foreignForms(
  patterns: readonly Uint8Array[],
  outputPaths: readonly ByteString[],
): ForeignForms {
  const hashes = hashesIn(patterns);
  const partial = patterns.filter((pattern) => partialHashLength(pattern) > 0).map(fromBytes);
  const numbered = (make: (hash: ByteString) => Form[]) =>
    hashes.flatMap((text, hash) => make(text).map((form) => ({ hash, form })));
  return {
    forms: [
      ...numbered(formsOf),
      ...[...widePartialHashes(partial), ...outputPaths.flatMap(digestForms)].map((form) => ({
        hash: 0,
        form,
      })),
    ],
    fourBytes: numbered(fourByteForms),
    plain: hashes.flatMap((hash) => [hash, wideForm(hash, 1), wideForm(hash, 3)]),
  };
}
