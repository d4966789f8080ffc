import { readConfig } from "../../store/config.ts";
import { storeSize } from "../../store/gc/candidates.ts";
import type { Store } from "../../store/layout.ts";
import { openStore } from "../../store/open.ts";
import { readStats, resetStats, type Stats } from "../../store/stats.ts";
import { formatSize } from "../../util/bytes.ts";
import { formatDuration } from "../../util/time.ts";
import { parseAge } from "../../util/units.ts";
import { defineCommand } from "../command.ts";
import { openToWrite } from "../snapshots.ts";
import { printDocument } from "../ui/output.ts";
import { formatTable, formatTime } from "../ui/table.ts";

/** The sums, and the store's size and its limit in bytes. */
interface Report {
  stats: Stats;
  size: number;
  maxSize: number;
}

export const stats = defineCommand({
  command: "stats",
  describe: "Show hits, misses and the time saved",
  examples: [
    ["stats --since 7d", "the last week"],
    ["stats --zero", "show, then reset"],
  ],
  options: {
    since: { type: "string", requiresArg: true, describe: "Count only this last period: 12h, 7d, 2w" },
    zero: {
      type: "boolean",
      default: false,
      describe: "Reset the statistics after showing them",
    },
  },
  handler: ({ store: directory, json, since, zero }) => {
    const begin = since === undefined ? {} : { since: Date.now() - parseAge(since) };
    const store = zero ? openToWrite(directory) : openStore(directory, { write: false });
    const report = { stats: readStats(store, begin), ...usageOf(store) };
    if (json) printDocument(toDocument(report));
    else process.stdout.write(toText(report));
    if (zero) resetStats(store);
  },
});

function usageOf(store: Store): { size: number; maxSize: number } {
  return { size: storeSize(store), maxSize: readConfig(store).config.maxSize };
}

function toText({ stats: { first, sums }, size, maxSize }: Report): string {
  const { hit, miss, save } = sums;
  const reasons = ({ reasons }: { reasons: ReadonlyMap<string, number> }) =>
    [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, count]) => [`  ${reason}`, String(count)]);
  const rows = [
    ["since", first === null ? "no events" : formatTime(first)],
    ["lookups", String(hit.count + miss.count)],
    ["hits", String(hit.count)],
    ["misses", String(miss.count)],
    ...reasons(miss),
    ["saves", String(save.count)],
    ["time saved", formatDuration(hit.milliseconds)],
    ["bytes restored", formatSize(hit.bytes)],
    ["bytes saved", formatSize(save.bytes)],
    ["size", `${formatSize(size)} of ${formatSize(maxSize)}`],
  ];
  return formatTable([{ heading: "" }, { heading: "" }], rows, { headings: false });
}

function toDocument({ stats: { first, sums }, size, maxSize }: Report) {
  const counted = Object.fromEntries(
    Object.entries(sums).map(([kind, sum]) => [kind, { ...sum, reasons: Object.fromEntries(sum.reasons) }]),
  );
  return {
    first: first === null ? null : new Date(first).toISOString(),
    ...counted,
    bytes: size,
    maxBytes: maxSize,
  };
}
