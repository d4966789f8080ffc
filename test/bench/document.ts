import { existsSync, readFileSync, writeFileSync } from "node:fs";

const begin = "<!-- npm run bench writes what follows -->";
const end = "<!-- npm run bench writes what comes before -->";

/**
 * `text` with `report` in the place that is marked for it.
 * @throws Error when there is no such place
 */
export function withReport(text: string, report: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no place for the table: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${report}\n${text.slice(to)}`;
}

/** Writes the report into a document that has a place for it; one that does not exist is passed over. */
export function updateDocument(path: string, report: string): void {
  if (existsSync(path)) writeFileSync(path, withReport(readFileSync(path, "utf8"), report));
}
