import { type BlobRef, blobsOf } from "../store/header.ts";
import type { Uses } from "../store/hits.ts";
import type { SnapshotHeader } from "../store/record.ts";
import { formatSize } from "../util/bytes.ts";
import { type Column, formatAge } from "./table.ts";

/** A snapshot with what is known of it only beside the others: bytes that no other needs, and its uses. */
export interface Row {
  header: SnapshotHeader;
  size: number;
  unique: number;
  uses: Uses | undefined;
}

/** A column of `ls`: the name that `--sort` and `--columns` take, what a cell shows, and what is sorted by. */
interface RowColumn extends Column {
  name: string;
  cell: (row: Row, now: number) => string;
  sortBy: (row: Row) => string | number;
}

const phaseOf = ({ header }: Row) => (header.failed ? `${header.phase} (failed)` : header.phase);
const hitsOf = ({ uses }: Row) => uses?.hits ?? 0;

export const columns: readonly RowColumn[] = [
  { name: "id", heading: "ID", cell: ({ header }) => header.id, sortBy: ({ header }) => header.id },
  {
    name: "package",
    heading: "PACKAGE",
    cell: ({ header }) => header.package,
    sortBy: ({ header }) => header.package,
  },
  { name: "phase", heading: "PHASE", cell: phaseOf, sortBy: ({ header }) => header.phaseIndex },
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
    cell: ({ header }, now) => formatAge(header.created, now),
    sortBy: ({ header }) => header.created,
  },
  {
    name: "used",
    heading: "LAST USED",
    cell: ({ uses }, now) => (uses === undefined ? "never" : formatAge(uses.lastUsed, now)),
    sortBy: ({ uses }) => uses?.lastUsed ?? 0,
  },
  { name: "hits", heading: "HITS", right: true, cell: (row) => String(hitsOf(row)), sortBy: hitsOf },
];

/** The rows in the order of a column, smallest first; those that are equal there stay as they are. */
export function order(rows: readonly Row[], name: string): Row[] {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) return [...rows];
  const keyed = rows.map((row) => ({ row, key: column.sortBy(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

/** Rows of all snapshots of a store: what is unique can't be told from fewer. */
export function rowsOf(headers: readonly SnapshotHeader[], hits: ReadonlyMap<string, Uses>): Row[] {
  const own = headers.map((header) => distinct(blobsOf(header)));
  const users = new Map<string, number>();
  for (const blobs of own) for (const { digest } of blobs) users.set(digest, (users.get(digest) ?? 0) + 1);
  return headers.map((header, i) => {
    let [size, unique] = [0, 0];
    for (const blob of own[i]!) {
      size += blob.size;
      if (users.get(blob.digest) === 1) unique += blob.size;
    }
    return { header, size, unique, uses: hits.get(header.id) };
  });
}

/** Bytes of all blobs that the rows need, each counted once. */
export function sharedSize(rows: readonly Row[]): number {
  const sizes = new Map<string, number>();
  for (const { header } of rows) for (const { digest, size } of blobsOf(header)) sizes.set(digest, size);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** A snapshot seldom needs a blob twice, and never many: a set for each would cost more than looking. */
function distinct(blobs: readonly BlobRef[]): readonly BlobRef[] {
  return blobs.filter((blob, i) => blobs.findIndex(({ digest }) => digest === blob.digest) === i);
}
