import { removeSnapshots } from "../../store/gc/collect.ts";
import { openStore } from "../../store/open.ts";
import { resolveAll } from "../../store/records/resolve.ts";
import { formatSize } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand, partlyFailed } from "../command.ts";
import { allSummaries, openToWrite } from "../snapshots.ts";
import { confirm } from "../ui/confirm.ts";
import { printDocument, warnOf } from "../ui/output.ts";
import { counted, formatRemovals, removalDocument } from "../ui/removals.ts";

const mayAsk = "use -y to delete without asking, or --dry-run to look";

export const clear = defineCommand({
  command: "clear [snapshots..]",
  describe: "Delete the named snapshots; asks first",
  examples: [
    ["clear hello", "all snapshots of hello"],
    ["clear hello/buildPhase 3f --dry-run", "how much deleting these would free"],
    ["clear --all -y", "all snapshots, without asking"],
  ],
  arguments: {
    snapshots: {
      type: "string",
      array: true,
      describe: "PKG or PKG/PHASE for all of its snapshots, or an ID",
    },
  },
  options: {
    all: { type: "boolean", default: false, describe: "Delete all snapshots in the store" },
    yes: { alias: "y", type: "boolean", default: false, describe: "Do not ask for confirmation" },
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "Print what would be deleted, and delete nothing",
    },
  },
  handler: async (options) => {
    const { json, all, yes, dryRun } = options;
    const names = (options.snapshots ?? []).map(String);
    if (all === names.length > 0)
      throw new PhaseCacheError("usage", "name the snapshots to delete, or use --all", {
        hint: "see `phasecache clear --help`",
      });
    const store = dryRun ? openStore(options.store, { write: false }) : openToWrite(options.store);
    const headers = allSummaries(store);
    const found = all ? headers : names.flatMap((name) => resolveAll(headers, name));
    const ids = new Set(found.map(({ id }) => id));
    if (
      !dryRun &&
      !yes &&
      ids.size > 0 &&
      !(await confirm(`Delete ${counted(ids.size, "snapshot")}?`, mayAsk))
    )
      throw new PhaseCacheError("refused", "nothing was deleted");
    const { removed, bytes, problems } = removeSnapshots(store, ids, { dryRun });
    warnOf(problems);
    if (json) printDocument({ dryRun, removed: removalDocument(removed), bytes });
    else
      process.stdout.write(
        `${formatRemovals(removed, dryRun)}${counted(removed.length, "snapshot")}, ${formatSize(bytes)} ${dryRun ? "would be freed" : "freed"}\n`,
      );
    if (problems.length > 0) process.exitCode = partlyFailed;
  },
});
