import { PhaseCacheError } from "../../util/error.ts";
import { hour } from "../../util/units.ts";
import type { Store } from "../layout.ts";
import { listPins, readPin } from "../pins.ts";
import type { Problem } from "../problem.ts";
import { listHeaders } from "../records/list.ts";

/** A build may need a snapshot for this time after it has restored or saved it; in milliseconds. */
export const buildTime = 6 * hour;

/** Returns the ids of pinned snapshots. */
export function pinnedIds(store: Store): { ids: Set<string>; problems: Problem[] } {
  const ids = new Set<string>();
  const problems: Problem[] = [];
  for (const name of listPins(store)) {
    try {
      const pin = readPin(store, name);
      const { headers } = listHeaders(store, { package: name });
      const id = pin?.id ?? headers.findLast(({ phase, failed }) => phase === pin?.through && !failed)?.id;
      if (id !== undefined) ids.add(id);
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      problems.push({ code: "damaged-pin", path: `pins/${name}`, message: error.message });
    }
  }
  return { ids, problems };
}

/**
 * Returns the id of each package's newest snapshot if a build may still be extending it. It contains all earlier
 * layers.
 */
export function idsInProgress(store: Store, now: number): Set<string> {
  const newest = new Map<string, string>();
  for (const { package: name, id, created, failed } of listHeaders(store).headers) {
    if (created > now - buildTime && !failed) newest.set(name, id);
  }
  return new Set(newest.values());
}
