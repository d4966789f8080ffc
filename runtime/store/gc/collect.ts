import { day } from "../../util/units.ts";
import type { Config } from "../config.ts";
import type { Store } from "../layout.ts";
import type { BlobFile } from "../list-blobs.ts";
import type { Problem } from "../problem.ts";
import { removeHits, removeRecords } from "../records/remove.ts";
import { cacheSummaries } from "../records/summaries.ts";
import { readUsage, writeUsage } from "../size-log.ts";
import { findCandidates, freeSpace } from "./candidates.ts";
import { type Policy, removeStale, shrink } from "./policy.ts";
import { idsInProgress, pinnedIds } from "./protected.ts";
import { createRemovalPlan, type Removal, type RemovalPlan } from "./removal-plan.ts";
import { type Progress, removeBlobs } from "./remove-blobs.ts";
import { type Count, type SweepResult, sweep } from "./sweep.ts";

/** The result of a garbage collection or of its dry run. */
export interface CollectResult extends SweepResult {
  removed: Removal[];
  /** Removed blobs that no snapshot needed. */
  orphans: Count;
  /** Removed hit files of snapshots that no longer exist. */
  unusedHits: number;
  /** Bytes freed in total. */
  bytes: number;
  /** Bytes of the remaining blobs and records. */
  left: number;
  problems: Problem[];
}

/** A younger blob without a snapshot may belong to a save in progress; in milliseconds. */
const orphanAge = day;

/**
 * Removes stale snapshots and files: by the policy's rules, and always leftovers of crashes, broken and superseded
 * snapshots, old failed snapshots, and older formats. Builds may save and restore at the same time.
 * @param inUse ids of snapshots that the policy does not apply to
 */
export function collect(
  store: Store,
  policy: Policy,
  {
    dryRun,
    inUse = new Set(),
    progress,
  }: { dryRun: boolean; inUse?: ReadonlySet<string>; progress?: Progress },
): CollectResult {
  const { now } = policy;
  const view = findCandidates(store, now, inUse);
  const orphans = view.orphans.filter(({ changed }) => changed < now - orphanAge);
  const orphanBytes = orphans.reduce((sum, { size }) => sum + size, 0);
  const swept = sweep(store, now, dryRun);
  const plan = createRemovalPlan(view.candidates, view.blobs);
  removeStale(plan, policy);
  shrink(plan, view.total - orphanBytes, freeSpace(store) + orphanBytes, policy);
  const known = new Set(view.candidates.map(({ header }) => header.id));
  const unused = [...view.hits.keys()].filter((id) => !known.has(id));
  const left = view.total - orphanBytes - plan.freedBytes();
  const problems = [...view.problems, ...swept.problems];
  if (!dryRun) {
    problems.push(...discard(store, plan, orphans, progress), ...removeHits(store, unused));
    writeUsage(store, left, now);
    cacheSummaries(
      store,
      plan.rest().map(({ header }) => header),
    );
  }
  const { temporaries, quarantined, formats, events } = swept;
  const others = [temporaries, quarantined, formats, events].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...swept,
    removed: [...plan.removals],
    orphans: { count: orphans.length, bytes: orphanBytes },
    unusedHits: unused.length,
    bytes: plan.freedBytes() + orphanBytes + others,
    left,
    problems,
  };
}

/** Removes records before blobs: a lookup must not find a snapshot without its blobs. */
function discard(store: Store, plan: RemovalPlan, orphans: BlobFile[], progress?: Progress): Problem[] {
  const records = removeRecords(
    store,
    plan.removals.map(({ header }) => header),
  );
  const remaining = new Set(plan.rest().map(({ header }) => header.id));
  const { problems } = removeBlobs(store, [...orphans, ...plan.freedBlobs()], remaining, progress);
  return [...records, ...problems];
}

/**
 * Removes the snapshots that a user names, even if they are in use, and the blobs that no other snapshot needs. Ignores
 * unknown ids.
 */
export function removeSnapshots(
  store: Store,
  ids: ReadonlySet<string>,
  { dryRun = false, now = Date.now() }: { dryRun?: boolean; now?: number } = {},
): { removed: Removal[]; bytes: number; problems: Problem[] } {
  const view = findCandidates(store, now, new Set());
  const plan = createRemovalPlan(view.candidates, view.blobs);
  for (const candidate of view.candidates)
    if (ids.has(candidate.header.id)) plan.remove(candidate, "by-hand");
  const problems: Problem[] = [];
  if (!dryRun) {
    problems.push(...discard(store, plan, []));
    writeUsage(store, view.total - plan.freedBytes(), now);
  }
  return { removed: [...plan.removals], bytes: plan.freedBytes(), problems };
}

/** The part of the maximum size to which a store that exceeds it is reduced. */
const targetFill = 0.9;

/**
 * Keeps the store within its limits after a save. The size comes from a running total (see `addUsage`), so that this
 * costs one small read while the store is below its limit. It is scanned only when it exceeds the limit, and once a
 * day for the age limit. Pinned snapshots are protected, and those that a build in progress may need.
 * @returns null if no scan was necessary
 */
export function enforceLimits(
  store: Store,
  { maxSize, maxAge }: Pick<Config, "maxSize" | "maxAge">,
  { inUse, now = Date.now() }: { inUse: ReadonlySet<string>; now?: number },
): CollectResult | null {
  const size = readUsage(store, now);
  if (size !== null && size <= maxSize) return null;
  const protectedIds = new Set([...inUse, ...pinnedIds(store).ids, ...idsInProgress(store, now)]);
  const policy = { maxSize, maxAge, downTo: targetFill * maxSize, now };
  return collect(store, policy, { dryRun: false, inUse: protectedIds });
}
