import type { CommandModule } from "yargs";
import { readHits, type Uses } from "../store/hits.ts";
import { listHeaders } from "../store/list.ts";
import { openStore } from "../store/open.ts";
import type { SnapshotHeader } from "../store/record.ts";
import { formatSize, printable } from "../util/bytes.ts";
import { formatAge, formatTable } from "./table.ts";

interface Options {
  store: string;
  json: boolean;
  package?: string;
}

/** A snapshot with what is known of it only beside the others: bytes that no other needs, and its uses. */
interface Row {
  header: SnapshotHeader;
  size: number;
  unique: number;
  uses: Uses | undefined;
}

export const list: CommandModule<object, Options> = {
  command: "ls [package]",
  describe: "List the snapshots, newest last",
  builder: (parser) =>
    parser
      .positional("package", { type: "string", describe: "Only this package's" })
      .example("$0 ls", "everything")
      .example("$0 ls hello --json", "hello's, for a program") as never,
  handler: ({ store: directory, json, package: name }) => {
    const store = openStore(directory, { write: false });
    const { headers, problems } = listHeaders(store);
    for (const { path, message } of problems)
      process.stderr.write(`phasecache: ${printable(`${path}: ${message}`)}\n`);
    const hits = readHits(store);
    const rows = rowsOf(headers, hits).filter(({ header }) => name === undefined || header.package === name);
    process.stdout.write(json ? `${JSON.stringify(toDocument(rows))}\n` : toText(rows));
  },
};

/** Blobs of one snapshot: digest and size. */
function blobs({ layers }: SnapshotHeader): [string, number][] {
  return layers.flatMap(
    ({ digest, size, index }) =>
      [
        [digest, size],
        [index.digest, index.size],
      ] as [string, number][],
  );
}

function rowsOf(headers: readonly SnapshotHeader[], hits: ReadonlyMap<string, Uses>): Row[] {
  const users = new Map<string, number>();
  for (const header of headers)
    for (const [digest] of blobs(header)) users.set(digest, (users.get(digest) ?? 0) + 1);
  const sum = (sizes: [string, number][]) => sizes.reduce((total, [, size]) => total + size, 0);
  return headers.map((header) => {
    const own = blobs(header);
    const unique = sum(own.filter(([digest]) => users.get(digest) === 1));
    return { header, size: sum(own), unique, uses: hits.get(header.id) };
  });
}

/** Bytes of all blobs that the rows need, each counted once. */
function totalOf(rows: readonly Row[]): number {
  const sizes = new Map(rows.flatMap(({ header }) => blobs(header)));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

const columns = [
  { heading: "ID" },
  { heading: "PACKAGE" },
  { heading: "PHASE" },
  { heading: "SIZE", right: true },
  { heading: "UNIQUE", right: true },
  { heading: "CREATED" },
  { heading: "LAST USED" },
  { heading: "HITS", right: true },
];

function toText(rows: readonly Row[]): string {
  const now = Date.now();
  const cells = rows.map(({ header, size, unique, uses }) => [
    header.id,
    header.name,
    header.failed ? `${header.phase} (failed)` : header.phase,
    formatSize(size),
    formatSize(unique),
    formatAge(header.created, now),
    uses === undefined ? "never" : formatAge(uses.lastUsed, now),
    String(uses?.hits ?? 0),
  ]);
  const count = `${rows.length} snapshot${rows.length === 1 ? "" : "s"}, ${formatSize(totalOf(rows))}`;
  return `${formatTable(columns, cells)}${count}\n`;
}

function toDocument(rows: readonly Row[]) {
  const snapshots = rows.map(({ header, size, unique, uses }) => ({
    id: header.id,
    package: header.package,
    name: header.name,
    phase: header.phase,
    failed: header.failed,
    bytes: size,
    uniqueBytes: unique,
    created: new Date(header.created).toISOString(),
    lastUsed: uses === undefined ? null : new Date(uses.lastUsed).toISOString(),
    hits: uses?.hits ?? 0,
  }));
  return { schema: 1, snapshots, totalBytes: totalOf(rows) };
}
