import { printable } from "../../util/bytes.ts";
import { paint } from "./output.ts";

/** A column: its heading, and whether its cells are right-aligned. */
export interface Column {
  heading: string;
  right?: boolean;
}

/**
 * Formats rows under their headings, without borders; cells are escaped.
 * @param options.headings false for rows alone; the text is then empty if there are none
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { headings = true }: { headings?: boolean } = {},
): string {
  const first = headings ? [columns.map(({ heading }) => heading)] : [];
  const cells = [...first, ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, at) => cells.reduce((most, row) => Math.max(most, row[at]!.length), 0));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (columns[at]!.right ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd();
  const [head, ...rest] = cells.map(line);
  if (head === undefined) return "";
  return `${[headings ? paint("bold", head) : head, ...rest].join("\n")}\n`;
}

const spans: [string, number][] = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** `3 days ago`; both times in milliseconds since the epoch. */
export function formatAge(time: number, now: number): string {
  const seconds = Math.max(0, (now - time) / 1000);
  for (const [name, span] of spans) {
    const count = Math.floor(seconds / span);
    if (count > 0) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

/** `2026-02-28 13:05:09 +01:00`, for a time in milliseconds since the epoch. */
export function formatTime(time: number): string {
  const offset = -new Date(time).getTimezoneOffset();
  const local = new Date(time + offset * 60_000).toISOString().slice(0, 19).replace("T", " ");
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return `${local} ${offset < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
}
