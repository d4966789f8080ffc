import { readConfig } from "../../store/config.ts";
import { type CollectResult, collect } from "../../store/gc/collect.ts";
import type { Policy } from "../../store/gc/policy.ts";
import { pinnedIds } from "../../store/gc/protected.ts";
import { openStore } from "../../store/open.ts";
import { formatSize } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import { parseAge, parseSize } from "../../util/units.ts";
import { defineCommand, partlyFailed } from "../command.ts";
import { openToWrite } from "../snapshots.ts";
import { printDocument, warn, warnOf } from "../ui/output.ts";
import { startProgress, withProgress } from "../ui/progress.ts";
import { counted, formatRemovals, removalDocument } from "../ui/removals.ts";

/** The limits of this call, as typed. */
interface Limits {
  maxSize: string | undefined;
  olderThan: string | undefined;
  keepLast: number | undefined;
  minFree: string | undefined;
  superseded: boolean;
}

export const gc = defineCommand({
  command: "gc",
  describe: "Delete stale snapshots and enforce the limits",
  examples: [
    ["gc", "apply the store's own limits (see `phasecache config`)"],
    [
      "gc --older-than 7d --keep-last 2",
      "delete what was unused for a week, and all but two keys of each phase",
    ],
    ["gc --max-size 5G --dry-run", "what would be deleted to fit in 5 GiB"],
  ],
  options: {
    "max-size": {
      type: "string",
      requiresArg: true,
      describe: "Delete least recently used snapshots down to this size: 500M, 20G",
    },
    "older-than": {
      type: "string",
      requiresArg: true,
      describe: "Delete snapshots unused for this long: 12h, 7d, 2w",
    },
    "keep-last": {
      type: "number",
      requiresArg: true,
      describe: "Keep only the newest N keys of each package's phase",
    },
    "min-free": {
      type: "string",
      requiresArg: true,
      describe: "Delete snapshots until the disk has this much free space",
    },
    superseded: {
      type: "boolean",
      default: false,
      describe: "Delete snapshots for which there is a newer key",
    },
    "dry-run": {
      type: "boolean",
      default: false,
      describe: "Print what would be deleted, and delete nothing",
    },
  },
  handler: (options) => {
    const { json, dryRun } = options;
    const given = givenPolicy(options);
    const store = dryRun ? openStore(options.store, { write: false }) : openToWrite(options.store);
    const { config, problems } = readConfig(store);
    for (const problem of problems) warn(problem);
    const policy = { maxSize: config.maxSize, maxAge: config.maxAge, ...given, now: Date.now() };
    const pinned = pinnedIds(store);
    warnOf(pinned.problems);
    const bar = startProgress("deleting");
    const how = { dryRun, inUse: pinned.ids, progress: bar.update };
    const collected = withProgress(bar, () => collect(store, policy, how));
    warnOf(collected.problems);
    if (json) printDocument(toDocument(collected, dryRun));
    else process.stdout.write(toText(collected, dryRun));
    if (collected.problems.length > 0) process.exitCode = partlyFailed;
  },
});

function givenPolicy({ maxSize, olderThan, keepLast, minFree, superseded }: Limits): Omit<Policy, "now"> {
  if (keepLast !== undefined && !(Number.isInteger(keepLast) && keepLast > 0))
    throw new PhaseCacheError("usage", "--keep-last takes a positive integer");
  return {
    ...(maxSize === undefined ? {} : { maxSize: parseSize(maxSize) }),
    ...(olderThan === undefined ? {} : { maxAge: parseAge(olderThan) }),
    ...(minFree === undefined ? {} : { minFree: parseSize(minFree) }),
    ...(keepLast === undefined ? {} : { keepLast }),
    ...(superseded ? { superseded } : {}),
  };
}

function toText(collected: CollectResult, dryRun: boolean): string {
  const { removed, bytes, left } = collected;
  const others = rest(collected).filter(({ count }) => count > 0);
  return [
    formatRemovals(removed, dryRun),
    ...others.map(({ what, count, bytes }) => `${what}: ${count}, ${formatSize(bytes)}\n`),
    `${counted(removed.length, "snapshot")}, ${formatSize(bytes)} ${dryRun ? "would be freed" : "freed"}, `,
    `${formatSize(left)} ${dryRun ? "would be " : ""}left\n`,
  ].join("");
}

/** Returns what is deleted besides snapshots. */
function rest({ orphans, temporaries, quarantined, formats, events, unusedHits }: CollectResult) {
  return [
    { what: "blobs without a snapshot", ...orphans },
    { what: "temporary files", ...temporaries },
    { what: "files in quarantine", ...quarantined },
    { what: "folders of older formats", ...formats },
    { what: "old statistics", ...events },
    { what: "usage records", count: unusedHits, bytes: 0 },
  ];
}

function toDocument(collected: CollectResult, dryRun: boolean) {
  const { removed, orphans, temporaries, quarantined, formats, events, unusedHits, bytes, left } = collected;
  const others = { orphans, temporaries, quarantined, formats, events, unusedHits };
  return { dryRun, removed: removalDocument(removed), ...others, bytes, leftBytes: left };
}
