import { readHits } from "../../store/hits.ts";
import { openStore } from "../../store/open.ts";
import { formatSize } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { didYouMean } from "../../util/suggest.ts";
import { defineCommand } from "../command.ts";
import { listAll, ofPackage } from "../snapshots.ts";
import { printDocument } from "../ui/output.ts";
import { columns, order, type Row, rowsOf, sharedSize } from "../ui/rows.ts";
import { formatTable } from "../ui/table.ts";

/** Which rows to list, and in which order. */
interface Wanted {
  phase: string | undefined;
  failed: boolean;
  latest: number | undefined;
  sort: string;
}

const names = columns.map(({ name }) => name);

export const list = defineCommand({
  command: "ls [package]",
  describe: "List snapshots, newest last",
  examples: [
    ["ls", "all snapshots"],
    ["ls hello --latest 3", "the three newest of hello"],
    ["ls --sort size --columns id,size --no-headers", "for a script"],
  ],
  arguments: {
    package: { type: "string", describe: "Only snapshots of this package" },
  },
  options: {
    phase: { type: "string", describe: "Only snapshots made after this phase" },
    sort: { choices: names, default: "created", describe: "Column to sort by" },
    columns: { type: "string", describe: `Columns to show, separated by commas: ${names.join(",")}` },
    latest: { type: "number", requiresArg: true, describe: "Only the newest N" },
    failed: { type: "boolean", default: false, describe: "Only snapshots of failed phases" },
    headers: {
      type: "boolean",
      default: true,
      describe: "Print headings and totals (--no-headers omits them)",
    },
  },
  handler: (options) => {
    const shown = chosenColumns(options.columns);
    const store = openStore(options.store, { write: false });
    const listing = listAll(store);
    const { package: only } = options;
    if (only !== undefined) ofPackage(listing.summaries, only);
    const all = rowsOf(listing, readHits(store));
    const rows = filter(
      only === undefined ? all : all.filter(({ summary }) => summary.package === only),
      options,
    );
    const total = sharedSize(rows, listing.sizes);
    if (options.json) printDocument(toDocument(rows, total));
    else process.stdout.write(toText(rows, total, shown, options.headers));
  },
});

function filter(rows: readonly Row[], { phase, failed, latest, sort }: Wanted): Row[] {
  if (latest !== undefined && !(Number.isInteger(latest) && latest > 0))
    throw new PhaseCacheError("usage", "--latest takes a positive integer");
  const wanted = rows.filter(
    ({ summary }) => (phase === undefined || summary.phase === phase) && (!failed || summary.failed),
  );
  return order(latest === undefined ? wanted : wanted.slice(-latest), sort);
}

function chosenColumns(text: string | undefined) {
  if (text === undefined) return columns;
  return text.split(",").map((name) => {
    const column = columns.find((one) => one.name === name);
    if (column !== undefined) return column;
    const hint = didYouMean(name, names) ?? `known columns: ${names.join(", ")}`;
    throw new PhaseCacheError("usage", `unknown column ${JSON.stringify(name)}`, { hint });
  });
}

function toText(rows: readonly Row[], total: number, shown: typeof columns, withHeadings: boolean): string {
  const now = Date.now();
  const cells = rows.map((row) => shown.map(({ cell }) => cell(row, now)));
  if (!withHeadings) return formatTable(shown, cells, { headings: false });
  const count = `${rows.length} snapshot${rows.length === 1 ? "" : "s"}`;
  const unique = rows.reduce((sum, row) => sum + row.unique, 0);
  return `${formatTable(shown, cells)}${count}, ${formatSize(total)}, ${formatSize(unique)} unique\n`;
}

function toDocument(rows: readonly Row[], total: number) {
  const snapshots = rows.map(({ summary, size, unique, uses }) => ({
    id: summary.id,
    package: summary.package,
    name: summary.name,
    phase: summary.phase,
    failed: summary.failed,
    bytes: size,
    uniqueBytes: unique,
    created: new Date(summary.created).toISOString(),
    lastUsed: uses === undefined ? null : new Date(uses.lastUsed).toISOString(),
    hits: uses?.hits ?? 0,
  }));
  return { snapshots, totalBytes: total };
}
