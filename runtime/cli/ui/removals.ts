import type { Removal } from "../../store/gc/removal-plan.ts";
import { formatSize } from "../../util/bytes.ts";
import { formatTable } from "./table.ts";

const columns = [
  { heading: "ID" },
  { heading: "PACKAGE" },
  { heading: "PHASE" },
  { heading: "FREES", right: true },
  { heading: "WHY" },
  { heading: "" },
];

/** The text for each reason. */
const reasons: Record<Removal["reason"], string> = {
  broken: "files are missing",
  failed: "failed, over the age limit",
  superseded: "superseded",
  "keep-last": "over --keep-last",
  age: "over the age limit",
  size: "store over the size limit",
  free: "too little free space",
  "by-hand": "by hand",
};

/** Formats one row for each snapshot that is or would be deleted; an empty text if there are none. */
export function formatRemovals(removals: readonly Removal[], dryRun: boolean): string {
  if (removals.length === 0) return "";
  const cells = removals.map(({ header, reason, bytes }) => [
    header.id,
    header.package,
    header.phase,
    formatSize(bytes),
    reasons[reason],
    dryRun ? "would be deleted" : "deleted",
  ]);
  return formatTable(columns, cells);
}

/** `2 snapshots`, `1 blob`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The same rows for `--json`. */
export function removalDocument(removals: readonly Removal[]) {
  return removals.map(({ header, reason, bytes }) => ({
    id: header.id,
    package: header.package,
    phase: header.phase,
    reason,
    bytes,
  }));
}
