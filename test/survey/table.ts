import type { Hits } from "./hits.ts";
import type { Outcome, Result } from "./survey.ts";

const headings = [
  "package",
  "built by",
  "restored through",
  "equal to a clean build",
  "text",
  "ELF",
  "ar",
  "other formats",
  "unknown",
  "not-relocatable",
];

function equality(outcomes: readonly Outcome[]): string {
  const different = outcomes.filter(({ differences }) => differences.length > 0);
  if (different.length === 0) return `${outcomes.length} of ${outcomes.length}`;
  if (different.every(({ unreproducible }) => unreproducible)) return "clean builds differ";
  return `${outcomes.length - different.length} of ${outcomes.length}`;
}

function cells({ source, builtBy, failed, outcomes, hits }: Result): string[] {
  if (failed !== null || hits === null) return [source, builtBy, "not built", "", "", "", "", "", "", ""];
  const { patched, notRelocatable, unknown } = hits;
  const counts = [
    patched.text,
    patched.ELF,
    patched.ar,
    patched.other,
    unknown.length,
    notRelocatable.length,
  ];
  const through = outcomes.map((outcome) => outcome.through ?? "none").join(", ");
  return [source, builtBy, through, equality(outcomes), ...counts.map(String)];
}

function listed(title: string, results: readonly Result[], filesOf: (hits: Hits) => string[]): string {
  const lines = results.flatMap(({ source, hits }) =>
    (hits === null ? [] : filesOf(hits)).map((file) => `- ${source}: ${file}\n`),
  );
  return lines.length === 0 ? "" : `\n${title}:\n\n${lines.join("")}`;
}

/**
 * Formats the results as a Markdown table, with lists of the files of unknown formats and of those that are not
 * relocatable.
 */
export function formatTable(results: readonly Result[]): string {
  const lines = [headings, headings.map(() => "---"), ...results.map(cells)];
  const table = lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
  const unknown = listed("Files of an unknown format that name an output", results, (hits) => hits.unknown);
  return table + unknown + listed("Files that can't be relocated", results, (hits) => hits.notRelocatable);
}
