import { PhaseCacheError } from "../../util/error.ts";
import { hour } from "../../util/units.ts";
import type { Store } from "../layout.ts";
import { listPins, readPin } from "../pins.ts";
import type { Problem } from "../problem.ts";
import { listHeaders } from "../records/list.ts";

/** A build that restored or saved a snapshot less than this many milliseconds ago may still need it. */
export const buildTime = 6 * hour;

/** The snapshots that pins ask for. */
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

/** Each package's newest snapshot, when a build may just be saving upon it: it has the layers of those before it. */
export function idsInProgress(store: Store, now: number): Set<string> {
  const newest = new Map<string, string>();
  for (const { package: name, id, created, failed } of listHeaders(store).headers) {
    if (created > now - buildTime && !failed) newest.set(name, id);
  }
  return new Set(newest.values());
}
