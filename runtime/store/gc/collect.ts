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
import { type Count, type Swept, sweep } from "./sweep.ts";

/** What was collected, or would have been. */
export interface Collected extends Swept {
  removed: Removal[];
  /** Blobs that no snapshot needed. */
  orphans: Count;
  /** Notes of uses of snapshots that are gone. */
  unusedHits: number;
  /** Bytes freed in all. */
  bytes: number;
  /** Bytes of blobs and records that are left. */
  left: number;
  problems: Problem[];
}

/** A blob without a snapshot may belong to a save at work when it is younger, in milliseconds. */
const orphanAge = day;

/**
 * Removes what is stale: by the policy's rules, and always what crashes left, what is broken or repeated, failed
 * snapshots past their age, and older formats. Builds may save and restore meanwhile.
 * @param inUse ids of snapshots that stay whatever the policy says
 */
export function collect(
  store: Store,
  policy: Policy,
  {
    dryRun,
    inUse = new Set(),
    progress,
  }: { dryRun: boolean; inUse?: ReadonlySet<string>; progress?: Progress },
): Collected {
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

/** Records first: a snapshot whose blobs are gone must not be found. */
function discard(store: Store, plan: RemovalPlan, orphans: BlobFile[], progress?: Progress): Problem[] {
  const records = removeRecords(
    store,
    plan.removals.map(({ header }) => header),
  );
  const survivors = new Set(plan.rest().map(({ header }) => header.id));
  const { problems } = removeBlobs(store, [...orphans, ...plan.freedBlobs()], survivors, progress);
  return [...records, ...problems];
}

/**
 * Removes snapshots that a user names, whatever uses them, and the blobs that no other needs. Ids that are in no
 * snapshot are passed over.
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

/** How far below its limit a store that was over it is made. */
const roomy = 0.9;

/**
 * Keeps the store within its limits after a save. The size comes from a running total (see `addUsage`), so that this
 * costs one small read while there is room; everything is looked at only when there is none, and once a day for the
 * age limit. What pins ask for stays, and what builds at work may still need.
 * @returns null when there was nothing to look at
 */
export function enforceLimits(
  store: Store,
  { maxSize, maxAge }: Pick<Config, "maxSize" | "maxAge">,
  { inUse, now = Date.now() }: { inUse: ReadonlySet<string>; now?: number },
): Collected | null {
  const size = readUsage(store, now);
  if (size !== null && size <= maxSize) return null;
  const spared = new Set([...inUse, ...pinnedIds(store).ids, ...idsInProgress(store, now)]);
  return collect(store, { maxSize, maxAge, downTo: roomy * maxSize, now }, { dryRun: false, inUse: spared });
}
