import { type Outputs, ownHashes } from "../key/derivation/outputs.ts";
import { digestsOfText, digestTexts, textLengths } from "../layer/relocation/digests.ts";
import { formsOf, wideForm } from "../layer/relocation/forms.ts";
import { makeSearch } from "../layer/relocation/search.ts";
import type { StatePlan, Variable } from "../shell/index.ts";
import { hashesOf } from "../snapshot/patterns.ts";
import { type ByteString, toBytes, toText } from "../util/bytes.ts";

/**
 * Byte strings that reveal a reference to a build's outputs: the hashes, the hashes in other encodings, and digests of the
 * paths.
 * @param own this build's outputs, whose hashes don't count
 */
export function referencePatterns(outputs: Outputs, own: Outputs): ByteString[] {
  const known = new Set(hashesOf(own));
  const hashes = foreignHashes(outputs, own);
  const paths = Object.values(outputs).filter((path) => hashes.some((hash) => path.includes(hash)));
  const patterns = [
    ...hashesOf(outputs).filter((hash) => !known.has(hash)),
    ...hashes.flatMap((hash) => [wideForm(hash, 1), wideForm(hash, 3), ...plainForms(hash)]),
    ...paths.flatMap((path) => digestsOfText(path, textLengths).flatMap(digestTexts)),
  ];
  return patterns.filter((pattern) => ![...known].some((hash) => hash.includes(pattern)));
}

/** The hashes of `outputs` that `own` does not have. */
function foreignHashes(outputs: Outputs, own: Outputs): ByteString[] {
  const known = new Set(ownHashes(own).values());
  return [...ownHashes(outputs).values()].filter((hash) => !known.has(hash));
}

/** The other encodings of a hash, without those that must be whole words: the search knows no word boundaries. */
function plainForms(hash: ByteString): ByteString[] {
  return formsOf(hash)
    .filter(({ family, wholeWord }) => family === undefined && wholeWord !== true)
    .map(({ bytes }) => bytes);
}

/**
 * Finds a variable or function of a snapshot that is derived from the old build's output path in a way that can't be
 * relocated. Returns a clause, or null.
 */
export function findStaleState(plan: StatePlan, from: Outputs, to: Outputs): string | null {
  const patterns = referencePatterns(from, to);
  if (patterns.length === 0) return null;
  const search = makeSearch(patterns.map(toBytes));
  const prefixes = foreignHashes(from, to).map(
    (hash) => new RegExp(`(?<![0-9a-zA-Z])${hash.slice(0, 7)}(?![0-9a-zA-Z])`),
  );
  const isStale = (text: ByteString) =>
    search(toBytes(text)).length > 0 || prefixes.some((prefix) => prefix.test(text));
  const clause = (kind: string, name: ByteString) =>
    `the ${kind} ${toText(name)} is derived from an output path and cannot be relocated`;
  for (const { name, wanted } of plan.variables)
    if (wanted !== null && isStale(textOf(wanted))) return clause("variable", name);
  for (const { name, wanted } of plan.functions)
    if (wanted !== null && isStale(`${name} ${wanted.text}`)) return clause("function", name);
  return null;
}

function textOf({ value }: Variable): ByteString {
  switch (value.kind) {
    case "unset":
      return "";
    case "string":
      return value.text;
    default:
      return value.items.map((item) => item.join("\n")).join("\n");
  }
}
