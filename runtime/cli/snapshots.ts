import type { Store } from "../store/layout.ts";
import { openStore } from "../store/open.ts";
import type { SnapshotHeader } from "../store/records/header.ts";
import type { SnapshotRecord } from "../store/records/record.ts";
import { resolveId } from "../store/records/resolve.ts";
import { listSummaries, type Summaries } from "../store/records/summaries.ts";
import type { Summary } from "../store/records/summary-cache.ts";
import { readSnapshot } from "../store/snapshots.ts";
import { printable } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { didYouMean } from "../util/suggest.ts";
import { detail, warnOf } from "./ui/output.ts";
import { formatAge } from "./ui/table.ts";

/**
 * Opens a store for writing. Unlike a build, a command does not create a store unless that is its purpose.
 * @throws PhaseCacheError `no-store` and others
 */
export function openToWrite(directory: string): Store {
  openStore(directory, { write: false });
  return openStore(directory, { write: true });
}

/** Returns all snapshots, oldest first; warns of unreadable ones and skips them. */
export function allSummaries(store: Store): Summary[] {
  return listAll(store).summaries;
}

/** The same, with the blobs that they need. */
export function listAll(store: Store): Summaries {
  const listing = listSummaries(store);
  warnOf(listing.problems);
  detail(`${printable(store.root)} has ${listing.summaries.length} snapshots`);
  return listing;
}

/** Returns the record of the snapshot that `text` names (see `resolveId`). */
export function recordOf(store: Store, text: string): SnapshotRecord {
  return readSnapshot(store, resolveId(allSummaries(store), text));
}

/** `3f2a… (hello/buildPhase, 3 days ago)`; marks failed phases. */
export function shownName({ id, package: name, phase, failed, created }: Summary | SnapshotHeader): string {
  return printable(`${id} (${name}/${phase}${failed ? ", failed" : ""}, ${formatAge(created, Date.now())})`);
}

/** An argument that names one snapshot, for `recordOf` and `resolveId`. */
export const snapshotArgument = {
  type: "string",
  demandOption: true,
  describe: "ID or ID prefix, PKG or PKG/PHASE",
} as const;

/**
 * Returns the snapshots of a package.
 * @throws PhaseCacheError `not-found` if there are none; the hint names similar packages
 */
export function ofPackage<T extends { package: string }>(headers: readonly T[], name: string): T[] {
  const found = headers.filter((header) => header.package === name);
  if (found.length > 0) return found;
  const close = didYouMean(
    name,
    headers.map((header) => header.package),
  );
  throw new PhaseCacheError("not-found", `there are no snapshots of ${printable(name)}`, {
    hint: close ?? "see `phasecache ls`",
  });
}
