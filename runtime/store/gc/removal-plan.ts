import type { Digest } from "../../util/hash.ts";
import type { BlobFile } from "../list-blobs.ts";
import { blobsOf, type SnapshotHeader } from "../records/header.ts";

/** A snapshot as collecting sees it. */
export interface Candidate {
  header: SnapshotHeader;
  /** Bytes of the record. */
  size: number;
  /** When it was last restored or else saved, milliseconds since the epoch. */
  lastUsed: number;
  /** A build may be at work that restored it. */
  inUse: boolean;
  /** One of its blobs is missing. */
  broken: boolean;
}

/** Why a snapshot goes. */
export type Reason = "broken" | "failed" | "superseded" | "keep-last" | "age" | "size" | "free" | "by-hand";

export interface Removal {
  header: SnapshotHeader;
  reason: Reason;
  /** Bytes that its removal frees: what it shares with snapshots that stay is not counted. */
  bytes: number;
}

/** Keeps account of what removing snapshots frees. Nothing is removed by it. */
export interface RemovalPlan {
  /** The snapshots that stay so far. */
  rest(): Candidate[];
  remove(candidate: Candidate, reason: Reason): void;
  readonly removals: readonly Removal[];
  /** The blobs that only removed snapshots needed. */
  freedBlobs(): BlobFile[];
  /** Bytes that the removals free. */
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

/** The digests of a snapshot's blobs, each once. */
export function digestsOf(header: SnapshotHeader): Set<Digest> {
  return new Set(blobsOf(header).map(({ digest }) => digest));
}
