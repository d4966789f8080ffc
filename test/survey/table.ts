import type { Outcome, Result } from "./survey.ts";

const headings = [
  "package",
  "built by",
  "restored through",
  "equal to a clean build",
  "text",
  "ELF",
  "ar",
  "other",
  "not relocatable",
];

function equality(outcomes: readonly Outcome[]): string {
  const different = outcomes.filter(({ differences }) => differences.length > 0);
  if (different.length === 0) return `${outcomes.length} of ${outcomes.length}`;
  if (different.every(({ unreproducible }) => unreproducible)) return "clean builds differ";
  return `${outcomes.length - different.length} of ${outcomes.length}`;
}

function cells({ source, builtBy, failed, outcomes, hits }: Result): string[] {
  if (failed !== null || hits === null) return [source, builtBy, "not built", "", "", "", "", "", ""];
  const { patched, unmovable } = hits;
  const counts = [patched.text, patched.ELF, patched.ar, patched.other, unmovable.length];
  const through = outcomes.map((outcome) => outcome.through ?? "none").join(", ");
  return [source, builtBy, through, equality(outcomes), ...counts.map(String)];
}

function unknownOf({ source, hits }: Result): string[] {
  return (hits?.unknown ?? []).map((file) => `- ${source}: ${file}\n`);
}

/** The results as a table in Markdown, and a list of the files that are neither text, ELF nor ar. */
export function formatTable(results: readonly Result[]): string {
  const lines = [headings, headings.map(() => "---"), ...results.map(cells)];
  const table = lines.map((line) => `| ${line.join(" | ")} |\n`).join("");
  const unknown = results.flatMap(unknownOf);
  return unknown.length === 0
    ? table
    : `${table}\nOther files with a hash of an own output:\n\n${unknown.join("")}`;
}
