import type { FileDifference } from "../../layer/diff.ts";
import type { LayerEntry } from "../../layer/index/layer-index.ts";
import { diffSnapshots, type SnapshotDifference } from "../../snapshot/diff.ts";
import { openStore } from "../../store/open.ts";
import { resolveId } from "../../store/records/resolve.ts";
import { readSnapshot } from "../../store/snapshots.ts";
import { toText as decoded } from "../../util/bytes.ts";
import { defineCommand } from "../command.ts";
import { allSummaries, shownName, snapshotArgument } from "../snapshots.ts";
import {
  formatFiles,
  formatStat,
  formatState,
  formatTotals,
  shownPath,
  totalsOf,
} from "../ui/differences.ts";
import { printDocument } from "../ui/output.ts";

/** The exit status with `--exit-code`, as that of diff. */
const differs = 1;

export const diff = defineCommand({
  command: "diff <before> <after>",
  describe: "Show how the files and the state of two snapshots differ",
  examples: [
    ["diff hello/configurePhase hello/buildPhase", "what hello's buildPhase changed"],
    ["diff 3f 8a --stat", "totals for each root"],
    ["diff 3f 8a --exit-code -q > /dev/null", "whether they differ"],
  ],
  arguments: {
    before: snapshotArgument,
    after: {
      type: "string",
      demandOption: true,
      describe: "Likewise; differences in own output hashes and in times are ignored",
    },
  },
  options: {
    stat: { type: "boolean", default: false, describe: "Print only totals for each root" },
    "exit-code": {
      type: "boolean",
      default: false,
      describe: "Exit with status 1 if the snapshots differ",
    },
  },
  handler: ({ store: directory, json, stat, exitCode, ...names }) => {
    const store = openStore(directory, { write: false });
    const headers = allSummaries(store);
    const [before, after] = [resolveId(headers, names.before), resolveId(headers, names.after)];
    const found = diffSnapshots(store, readSnapshot(store, before), readSnapshot(store, after));
    if (json) printDocument({ before: before.id, after: after.id, ...toDocument(found) });
    else {
      const lines = stat ? formatStat(found) : `${formatFiles(found.files)}${formatState(found.state)}`;
      const heads = `from ${shownName(before)}\nto   ${shownName(after)}\n`;
      process.stdout.write(`${heads}${lines}${formatTotals(found)}`);
    }
    if (exitCode && found.files.length + found.state.length > 0) process.exitCode = differs;
  },
});

function toDocument(found: SnapshotDifference) {
  return {
    files: found.files.map(({ status, path, before, after }: FileDifference) => ({
      status,
      path: shownPath(path),
      before: toFile(before),
      after: toFile(after),
    })),
    state: found.state,
    totals: totalsOf(found.files),
  };
}

const types = { f: "file", d: "directory", l: "symlink", h: "hard link", p: "fifo" } as const;

/** Returns null if the file does not exist. */
function toFile(entry: LayerEntry | null) {
  if (entry === null) return null;
  const { type, mode, size, target } = entry;
  const shown = type === "h" ? shownPath(target) : decoded(target);
  return { type: types[type], mode, bytes: size, target: shown === "" ? null : shown };
}
