import { existsSync, readFileSync, writeFileSync } from "node:fs";

const begin = "<!-- npm run bench writes what follows -->";
const end = "<!-- npm run bench writes what comes before -->";

/**
 * Returns `text` with `report` between the two marks.
 * @throws Error when the marks are missing
 */
export function withReport(text: string, report: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no place for the table: expected ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${report}\n${text.slice(to)}`;
}

/** Writes the report into a document between its marks; does nothing when the document does not exist. */
export function updateDocument(path: string, report: string): void {
  if (existsSync(path)) writeFileSync(path, withReport(readFileSync(path, "utf8"), report));
}
