import { removeSnapshots } from "../../store/gc/collect.ts";
import { openStore } from "../../store/open.ts";
import { resolveAll } from "../../store/records/resolve.ts";
import { formatSize } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { defineCommand, partlyFailed } from "../command.ts";
import { allSummaries, openToWrite } from "../snapshots.ts";
import { isAgreed } from "../ui/confirm.ts";
import { printDocument, warnOf } from "../ui/output.ts";
import { counted, formatRemovals, removalDocument } from "../ui/removals.ts";

const mayAsk = "-y deletes without asking, --dry-run only looks";

export const clear = defineCommand({
  command: "clear [snapshots..]",
  describe: "Delete snapshots by hand; asks first",
  examples: [
    ["clear hello", "all of hello's"],
    ["clear hello/buildPhase 3f --dry-run", "what deleting these would free"],
    ["clear --all -y", "everything, without asking"],
  ],
  arguments: {
    snapshots: {
      type: "string",
      array: true,
      describe: "PKG for all of a package's, PKG/PHASE for all after that phase, or an ID",
    },
  },
  options: {
    all: { type: "boolean", default: false, describe: "Every snapshot in the store" },
    yes: { alias: "y", type: "boolean", default: false, describe: "Do not ask" },
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "Only say what would be deleted",
    },
  },
  handler: async (options) => {
    const { json, all, yes, dryRun } = options;
    const names = (options.snapshots ?? []).map(String);
    if (all === names.length > 0)
      throw new PhaseCacheError("usage", "name what to delete, or --all", {
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
      !(await isAgreed(`Delete ${counted(ids.size, "snapshot")}?`, mayAsk))
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
