import type { Digest } from "../../util/hash.ts";
import type { BlobFile } from "../list-blobs.ts";
import { blobsOf, type SnapshotHeader } from "../records/header.ts";

/** A snapshot that garbage collection may remove. */
export interface Candidate {
  header: SnapshotHeader;
  /** Bytes of the record. */
  size: number;
  /** When it was last restored, or else saved, in milliseconds since the epoch. */
  lastUsed: number;
  /** Whether a build in progress may need it. */
  inUse: boolean;
  /** Whether one of its blobs is missing. */
  broken: boolean;
}

/** Why a snapshot is removed. */
export type Reason = "broken" | "failed" | "superseded" | "keep-last" | "age" | "size" | "free" | "by-hand";

export interface Removal {
  header: SnapshotHeader;
  reason: Reason;
  /** Bytes that its removal frees, without what it shares with remaining snapshots. */
  bytes: number;
}

/** Plans removals and computes the space that they free, without removing anything. */
export interface RemovalPlan {
  /** Returns the remaining snapshots. */
  rest(): Candidate[];
  remove(candidate: Candidate, reason: Reason): void;
  readonly removals: readonly Removal[];
  /** Returns the blobs that only removed snapshots needed. */
  freedBlobs(): BlobFile[];
  /** Returns the bytes that the removals free. */
  freedBytes(): number;
}

export function createRemovalPlan(
  candidates: readonly Candidate[],
  blobs: ReadonlyMap<Digest, BlobFile>,
): RemovalPlan {
  const rest = new Set(candidates);
  const users = new Map<Digest, number>();
  for (const { header } of candidates) {
    for (const digest of digestsOf(header)) users.set(digest, (users.get(digest) ?? 0) + 1);
  }
  const removals: Removal[] = [];
  const freed: BlobFile[] = [];
  let total = 0;
  return {
    rest: () => [...rest],
    removals,
    freedBlobs: () => freed,
    freedBytes: () => total,
    remove: (candidate, reason) => {
      if (!rest.delete(candidate)) return;
      let bytes = candidate.size;
      for (const digest of digestsOf(candidate.header)) {
        const left = users.get(digest)! - 1;
        users.set(digest, left);
        const blob = left === 0 ? blobs.get(digest) : undefined;
        if (blob === undefined) continue;
        freed.push(blob);
        bytes += blob.size;
      }
      total += bytes;
      removals.push({ header: candidate.header, reason, bytes });
    },
  };
}

/** Returns the digests of a snapshot's blobs. */
export function digestsOf(header: SnapshotHeader): Set<Digest> {
  return new Set(blobsOf(header).map(({ digest }) => digest));
}
