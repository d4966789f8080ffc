import type { Uses } from "../../store/hits.ts";
import type { Summaries } from "../../store/records/summaries.ts";
import type { Summary } from "../../store/records/summary-cache.ts";
import { formatSize } from "../../util/bytes.ts";
import { type Column, formatAge } from "./table.ts";

/** A snapshot with its size, the bytes that no other snapshot needs, and its uses. */
export interface Row {
  summary: Summary;
  size: number;
  unique: number;
  uses: Uses | undefined;
}

/** A column of `ls`: its name for `--sort` and `--columns`, the text of a cell, and the sort key. */
interface RowColumn extends Column {
  name: string;
  cell: (row: Row, now: number) => string;
  sortBy: (row: Row) => string | number;
}

const phaseOf = ({ summary }: Row) => (summary.failed ? `${summary.phase} (failed)` : summary.phase);
const hitsOf = ({ uses }: Row) => uses?.hits ?? 0;

export const columns: readonly RowColumn[] = [
  { name: "id", heading: "ID", cell: ({ summary }) => summary.id, sortBy: ({ summary }) => summary.id },
  {
    name: "package",
    heading: "PACKAGE",
    cell: ({ summary }) => summary.package,
    sortBy: ({ summary }) => summary.package,
  },
  { name: "phase", heading: "PHASE", cell: phaseOf, sortBy: ({ summary }) => summary.phaseIndex },
  {
    name: "size",
    heading: "SIZE",
    right: true,
    cell: (row) => formatSize(row.size),
    sortBy: (row) => row.size,
  },
  {
    name: "unique",
    heading: "UNIQUE",
    right: true,
    cell: (row) => formatSize(row.unique),
    sortBy: (row) => row.unique,
  },
  {
    name: "created",
    heading: "CREATED",
    cell: ({ summary }, now) => formatAge(summary.created, now),
    sortBy: ({ summary }) => summary.created,
  },
  {
    name: "used",
    heading: "LAST USED",
    cell: ({ uses }, now) => (uses === undefined ? "never" : formatAge(uses.lastUsed, now)),
    sortBy: ({ uses }) => uses?.lastUsed ?? 0,
  },
  { name: "hits", heading: "HITS", right: true, cell: (row) => String(hitsOf(row)), sortBy: hitsOf },
];

/** Sorts the rows by a column, smallest first; equal rows keep their order. */
export function order(rows: readonly Row[], name: string): Row[] {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) return [...rows];
  const keyed = rows.map((row) => ({ row, key: column.sortBy(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

/** Returns the rows of all snapshots of a store; unique bytes cannot be computed from fewer. */
export function rowsOf({ summaries, sizes }: Summaries, hits: ReadonlyMap<string, Uses>): Row[] {
  const users = new Uint32Array(sizes.length);
  for (const { blobs } of summaries) for (const blob of blobs) users[blob]!++;
  return summaries.map((summary) => {
    let [size, unique] = [0, 0];
    for (const blob of summary.blobs) {
      size += sizes[blob]!;
      if (users[blob] === 1) unique += sizes[blob]!;
    }
    return { summary, size, unique, uses: hits.get(summary.id) };
  });
}

/** Returns the bytes of all blobs that the rows need, each counted once. */
export function sharedSize(rows: readonly Row[], sizes: readonly number[]): number {
  const needed = new Uint8Array(sizes.length);
  for (const { summary } of rows) for (const blob of summary.blobs) needed[blob] = 1;
  return sizes.reduce((sum, size, blob) => (needed[blob] === 1 ? sum + size : sum), 0);
}
