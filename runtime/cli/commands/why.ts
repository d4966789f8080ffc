import { explainMiss, type KeyRecord, type Miss } from "../../key/explain.ts";
import { formatDifference } from "../../key/explain-text.ts";
import { parseInputs } from "../../key/input.ts";
import type { Store } from "../../store/layout.ts";
import { openStore } from "../../store/open.ts";
import type { SnapshotHeader } from "../../store/records/header.ts";
import type { SnapshotRecord } from "../../store/records/record.ts";
import { resolveId } from "../../store/records/resolve.ts";
import type { Summary } from "../../store/records/summary-cache.ts";
import { readSnapshot } from "../../store/snapshots.ts";
import { printable } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand } from "../command.ts";
import { allSummaries, ofPackage, shownName } from "../snapshots.ts";
import { paint, plain, printDocument } from "../ui/output.ts";

/** The number of differences shown. */
const mostShown = 5;

export const why = defineCommand({
  command: "why <snapshot> [other]",
  describe: "Explain why the last build of a package missed, or how the inputs of two snapshots differ",
  examples: [
    ["why hello", "compare hello's last build with the one before it"],
    ["why hello --phase installPhase", "the same for the last build that saved installPhase"],
    ["why 3f 8a", "compare the inputs of two snapshots"],
  ],
  arguments: {
    snapshot: {
      type: "string",
      demandOption: true,
      describe: "A package; with a second argument, the earlier snapshot (ID, PKG or PKG/PHASE)",
    },
    other: { type: "string", conflicts: "phase", describe: "The later snapshot" },
  },
  options: {
    phase: {
      type: "string",
      requiresArg: true,
      describe: "Use the last build that saved this phase",
    },
  },
  handler: ({ store: directory, json, snapshot, other, phase }) => {
    const store = openStore(directory, { write: false });
    const headers = allSummaries(store);
    const [before, after] =
      other === undefined
        ? lastTwo(store, ofPackage(headers, snapshot), phase)
        : [resolveId(headers, snapshot), resolveId(headers, other)].map((one) => readSnapshot(store, one));
    if (before === undefined || after === undefined) {
      throw new PhaseCacheError("not-found", `no earlier build of ${printable(snapshot)} is in the store`, {
        hint: "`phasecache why` compares the last build with the one before it; of failed phases, the store keeps only the newest snapshot",
      });
    }
    const miss = explainMiss(explained(after), explained(before));
    if (json) printDocument(toDocument(before.header, after.header, miss));
    else process.stdout.write(toText(before.header, after.header, miss));
  },
});

/**
 * Returns the record of the newest build, and before it that of the newest earlier build with any other key. A key that
 * differs need not be one of a phase that ran: a build may have failed, or been restored from the other.
 */
function lastTwo(
  store: Store,
  headers: readonly Summary[],
  phase: string | undefined,
): (SnapshotRecord | undefined)[] {
  const newest = headers.findLast((header) => phase === undefined || header.phase === phase);
  if (newest === undefined) {
    const phases = [...new Set(headers.map((header) => printable(header.phase)))];
    throw new PhaseCacheError("not-found", `there is no snapshot after ${printable(phase ?? "")}`, {
      hint: `there are snapshots after ${phases.join(", ")}`,
    });
  }
  const after = readSnapshot(store, newest);
  const keys = after.body.keys.join();
  for (const header of headers.toReversed()) {
    if (header.created > newest.created || header.id === newest.id) continue;
    const before = readable(store, header);
    if (before !== undefined && before.body.keys.join() !== keys) return [before, after];
  }
  return [undefined, after];
}

/** Returns undefined for a record that is damaged or was just deleted. */
function readable(store: Store, header: Summary): SnapshotRecord | undefined {
  try {
    return readSnapshot(store, header);
  } catch (error) {
    if (error instanceof PhaseCacheError) return undefined;
    throw error;
  }
}

function explained({ body }: SnapshotRecord): KeyRecord {
  return { phases: body.phases, keys: body.keys, inputs: parseInputs(body.inputs) };
}

function toText(before: SnapshotHeader, after: SnapshotHeader, miss: Miss | null): string {
  const verdict = miss === null ? "no input differs" : `miss at ${printable(miss.phase)}`;
  const differences = miss?.differences ?? [];
  const lines = differences
    .slice(0, mostShown)
    .map((one) => `  ${plain(printable(`${one.phase}: ${formatDifference(one)}`))}`);
  const more = differences.length - mostShown;
  if (more > 0) lines.push(`  and ${more} more; --json lists all`);
  return `${[paint("bold", verdict), `from ${shownName(before)}`, `to   ${shownName(after)}`, ...lines].join("\n")}\n`;
}

function toDocument(before: SnapshotHeader, after: SnapshotHeader, miss: Miss | null) {
  const { phase = null, differences = [] } = miss ?? {};
  return {
    before: before.id,
    after: after.id,
    phase,
    differences: differences.map((one) => ({ ...one, text: formatDifference(one) })),
  };
}
