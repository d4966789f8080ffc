import { type Outputs, ownHashes } from "../key/derivation/outputs.ts";
import { digestsOfText, digestTexts, textLengths } from "../layer/relocation/digests.ts";
import { formsOf, wideForm } from "../layer/relocation/forms.ts";
import { makeSearch } from "../layer/relocation/search.ts";
import type { StatePlan, Variable } from "../shell/index.ts";
import { hashesOf } from "../snapshot/patterns.ts";
import { type ByteString, toBytes, toText } from "../util/bytes.ts";

/**
 * All by which a build's outputs can be told in texts and files: their hashes as they are, in other forms, and the digests of
 * their paths.
 * @param own outputs of the build that looks: what both have is no trace
 */
export function referencePatterns(outputs: Outputs, own: Outputs): ByteString[] {
  const known = new Set(hashesOf(own));
  const hashes = foreignHashes(outputs, own);
  const paths = Object.values(outputs).filter((path) => hashes.some((hash) => path.includes(hash)));
  const traces = [
    ...hashesOf(outputs).filter((hash) => !known.has(hash)),
    ...hashes.flatMap((hash) => [wideForm(hash, 1), wideForm(hash, 3), ...plainForms(hash)]),
    ...paths.flatMap((path) => digestsOfText(path, textLengths).flatMap(digestTexts)),
  ];
  return traces.filter((trace) => ![...known].some((hash) => hash.includes(trace)));
}

/** The hashes that only the first have. */
function foreignHashes(outputs: Outputs, own: Outputs): ByteString[] {
  const known = new Set(ownHashes(own).values());
  return [...ownHashes(outputs).values()].filter((hash) => !known.has(hash));
}

/** A word of seven letters is left out: a search through everything has no borders of words. */
function plainForms(hash: ByteString): ByteString[] {
  return formsOf(hash)
    .filter(({ family, wholeWord }) => family === undefined && wholeWord !== true)
    .map(({ bytes }) => bytes);
}

/**
 * Why what is to be set in the shell does not fit this build: it was made of the old build's output path, in a way that no
 * relocation mends. Null when all fits.
 */
export function findStaleState(plan: StatePlan, from: Outputs, to: Outputs): string | null {
  const traces = referencePatterns(from, to);
  if (traces.length === 0) return null;
  const search = makeSearch(traces.map(toBytes));
  const prefixes = foreignHashes(from, to).map(
    (hash) => new RegExp(`(?<![0-9a-zA-Z])${hash.slice(0, 7)}(?![0-9a-zA-Z])`),
  );
  const isStale = (text: ByteString) =>
    search(toBytes(text)).length > 0 || prefixes.some((prefix) => prefix.test(text));
  const what = (kind: string, name: ByteString) =>
    `the ${kind} ${toText(name)} is derived from an output path and cannot be relocated`;
  for (const { name, wanted } of plan.variables)
    if (wanted !== null && isStale(textOf(wanted))) return what("variable", name);
  for (const { name, wanted } of plan.functions)
    if (wanted !== null && isStale(`${name} ${wanted.text}`)) return what("function", name);
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
