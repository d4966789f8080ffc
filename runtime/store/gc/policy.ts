import { groupBy } from "../../util/group.ts";
import type { Digest } from "../../util/hash.ts";
import { hour } from "../../util/units.ts";
import { type Candidate, digestsOf, type Reason, type RemovalPlan } from "./removal-plan.ts";

/** What collecting goes by. A snapshot goes when one of the rules says so. Times are milliseconds, sizes bytes. */
export interface Policy {
  /** Least recently used snapshots go until the store is no larger. */
  maxSize?: number;
  /** Once larger than `maxSize`, the store is made this small, so that the next save need not collect again. */
  downTo?: number;
  /** Least recently used snapshots go until the file system has so much space left. */
  minFree?: number;
  /** A snapshot goes that nothing used for so long. */
  maxAge?: number;
  /** Of a package's phase only the snapshots of this many newest keys stay. */
  keepLast?: number;
  /** The same with one key. */
  superseded?: boolean;
  now: number;
}

const day = 24 * hour;

/** Failed snapshots are for looking at soon after. */
const failedAge = 7 * day;

/** Applies the rules that look at one snapshot or its likes, whatever the size of the store. */
export function removeStale(plan: RemovalPlan, policy: Policy): void {
  const { now, maxAge, keepLast } = policy;
  const sweep = (reason: Reason, isStale: (candidate: Candidate) => boolean) => {
    for (const one of plan.rest())
      if (isStale(one) && (!one.inUse || reason === "broken")) plan.remove(one, reason);
  };
  // A younger one may belong to a saver that has not looked for its blobs yet.
  sweep("broken", ({ header, broken }) => broken && header.created < now - hour);
  const oldestFailed = now - Math.min(failedAge, maxAge ?? failedAge);
  sweep("failed", ({ header }) => header.failed && header.created < oldestFailed);
  const repeated = new Set(olderOf(plan.rest(), ({ header }) => [header.phase, header.key], 1));
  sweep("superseded", (one) => repeated.has(one) && one.lastUsed < now - day);
  const keys = policy.superseded ? 1 : keepLast;
  if (keys !== undefined) {
    const older = new Set(olderOf(plan.rest(), ({ header }) => [header.phase], keys));
    sweep(policy.superseded ? "superseded" : "keep-last", (one) => older.has(one));
  }
  if (maxAge === undefined) return;
  const uses = effectiveUses(plan.rest());
  sweep("age", (one) => uses.get(one)! < now - maxAge);
}

/** Within each group (per package) all but the newest `count`. Failed and pinned ones supersede nothing. */
function olderOf(
  candidates: Candidate[],
  group: (candidate: Candidate) => string[],
  count: number,
): Candidate[] {
  const normal = candidates.filter(({ header }) => !header.failed);
  const groups = groupBy(normal, (one) => JSON.stringify([one.header.package, ...group(one)]));
  return [...groups.values()].flatMap((members) => {
    const byAge = members.sort((a, b) => b.header.created - a.header.created);
    const kept = new Set([...new Set(byAge.map(({ header }) => header.key))].slice(0, count));
    const seen = new Set<string>();
    return byAge.filter(({ header: { key } }) => {
      const stays = kept.has(key) && !seen.has(key);
      seen.add(key);
      return !stays;
    });
  });
}

/**
 * Removes least recently used snapshots until the store is within its limits.
 * @param total the store's size in bytes before any removal
 * @param free bytes that the file system has left
 */
export function shrink(plan: RemovalPlan, total: number, free: number, policy: Policy): void {
  const { maxSize = Number.POSITIVE_INFINITY, minFree = 0 } = policy;
  const isOver = total - plan.freedBytes() > maxSize;
  const target = isOver ? Math.min(maxSize, policy.downTo ?? maxSize) : maxSize;
  const excess = () => {
    if (total - plan.freedBytes() > target) return "size";
    return free + plan.freedBytes() < minFree ? "free" : null;
  };
  const uses = effectiveUses(plan.rest());
  // Of snapshots that count as used at the same time the deepest goes first: the others hold its layers' base.
  const order = [...uses].sort(
    ([a, usedA], [b, usedB]) => usedA - usedB || b.header.phaseIndex - a.header.phaseIndex,
  );
  for (const [candidate] of order) {
    const reason = excess();
    if (reason === null) return;
    if (!candidate.inUse) plan.remove(candidate, reason);
  }
}

/**
 * A snapshot counts as used when one was that needs all its blobs: removing it alone would free next to nothing.
 */
function effectiveUses(candidates: Candidate[]): Map<Candidate, number> {
  const blobUses = new Map<Digest, number>();
  for (const { header, lastUsed } of candidates) {
    for (const digest of digestsOf(header)) {
      blobUses.set(digest, Math.max(lastUsed, blobUses.get(digest) ?? lastUsed));
    }
  }
  return new Map(
    candidates.map((one) => {
      const uses = [...digestsOf(one.header)].map((digest) => blobUses.get(digest)!);
      return [one, uses.length === 0 ? one.lastUsed : Math.min(...uses)];
    }),
  );
}
