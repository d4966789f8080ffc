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

/** What each reason is to people. */
const reasons: Record<Removal["reason"], string> = {
  broken: "its files are missing",
  failed: "failed, and past its age",
  superseded: "superseded",
  "keep-last": "older than the last kept",
  age: "unused for long",
  size: "the store is too large",
  free: "the disk is too full",
  "by-hand": "by hand",
};

/** A row for each snapshot that goes, or would go; nothing when there are none. */
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

/** The same for programs. */
export function removalDocument(removals: readonly Removal[]) {
  return removals.map(({ header, reason, bytes }) => ({
    id: header.id,
    package: header.package,
    phase: header.phase,
    reason,
    bytes,
  }));
}
