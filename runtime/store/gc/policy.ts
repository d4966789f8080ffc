import { groupBy } from "../../util/group.ts";
import type { Digest } from "../../util/hash.ts";
import { day, hour } from "../../util/units.ts";
import { type Candidate, digestsOf, type Reason, type RemovalPlan } from "./removal-plan.ts";

/**
 * The rules of garbage collection. A snapshot is removed if any of them applies. Times are milliseconds, sizes bytes.
 */
export interface Policy {
  /** Remove least recently used snapshots while the store is larger. */
  maxSize?: number;
  /** When the store exceeds `maxSize`, reduce it to this size, so that the next save need not collect again. */
  downTo?: number;
  /** Remove least recently used snapshots while the file system has less free space. */
  minFree?: number;
  /** Remove snapshots that have not been used for this time. */
  maxAge?: number;
  /** For each phase of a package, keep only the snapshots of this number of newest keys. */
  keepLast?: number;
  /** Like `keepLast` with one key. */
  superseded?: boolean;
  now: number;
}

/** Failed snapshots are only useful for a short time. */
const failedAge = 7 * day;

/** Applies the rules that do not depend on the size of the store. */
export function removeStale(plan: RemovalPlan, policy: Policy): void {
  const { now, maxAge, keepLast } = policy;
  const removeIf = (reason: Reason, isStale: (candidate: Candidate) => boolean) => {
    for (const one of plan.rest())
      if (isStale(one) && (!one.inUse || reason === "broken")) plan.remove(one, reason);
  };
  // A younger one may belong to a save that has not checked its blobs yet.
  removeIf("broken", ({ header, broken }) => broken && header.created < now - hour);
  const oldestFailed = now - Math.min(failedAge, maxAge ?? failedAge);
  removeIf("failed", ({ header }) => header.failed && header.created < oldestFailed);
  const repeated = new Set(olderOf(plan.rest(), ({ header }) => [header.phase, header.key], 1));
  removeIf("superseded", (one) => repeated.has(one) && one.lastUsed < now - day);
  const keys = policy.superseded ? 1 : keepLast;
  if (keys !== undefined) {
    const older = new Set(olderOf(plan.rest(), ({ header }) => [header.phase], keys));
    removeIf(policy.superseded ? "superseded" : "keep-last", (one) => older.has(one));
  }
  if (maxAge === undefined) return;
  const uses = effectiveUses(plan.rest());
  removeIf("age", (one) => uses.get(one)! < now - maxAge);
}

/**
 * Returns, for each group of a package, all but the newest snapshot of each of the `count` newest keys. Ignores failed
 * snapshots.
 */
function olderOf(
  candidates: Candidate[],
  group: (candidate: Candidate) => string[],
  count: number,
): Candidate[] {
  const normal = candidates.filter(({ header }) => !header.failed);
  const groups = groupBy(normal, (one) => JSON.stringify([one.header.package, ...group(one)]));
  return [...groups.values()].flatMap((members) => {
    const byAge = members.sort((a, b) => b.header.created - a.header.created);
    const newestKeys = new Set([...new Set(byAge.map(({ header }) => header.key))].slice(0, count));
    const seen = new Set<string>();
    return byAge.filter(({ header: { key } }) => {
      const stays = newestKeys.has(key) && !seen.has(key);
      seen.add(key);
      return !stays;
    });
  });
}

/**
 * Removes least recently used snapshots until the store is within its limits.
 * @param total the store's size in bytes before any removal
 * @param free free space on the file system, in bytes
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
  // Of snapshots with the same use, the deepest is removed first, since it contains the layers of the others.
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
 * Returns each snapshot's last use, where the use of a snapshot also counts for those whose blobs it contains:
 * removing one of them alone would free almost nothing.
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
