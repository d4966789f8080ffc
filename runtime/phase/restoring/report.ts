import { doubtsOf } from "../../snapshot/layers.ts";
import { recordHit } from "../../store/hits.ts";
import { countEvent } from "../../store/stats.ts";
import { formatDuration } from "../../util/time.ts";
import type { Build } from "../build.ts";
import type { PlanContext } from "../context.ts";
import type { Hit, LookupResult } from "../lookup/request.ts";
import type { Run } from "../session.ts";

/** One line for each restored phase; empty for a phase that its switch had disabled. */
export function restoredLines(build: Build, hit: Hit): string[] {
  const runs: Run[] = [...hit.record.body.ran];
  return build.phases.slice(0, hit.index + 1).map((phase) => {
    if (runs[0]?.phase !== phase) return "";
    const { duration } = runs.shift()!;
    return `phasecache: ${phase} restored, ${formatDuration(duration)} saved`;
  });
}

interface Report extends Pick<PlanContext, "store" | "build" | "messages"> {
  result: LookupResult;
  /** The time that the restore took, in milliseconds. */
  restoring: number;
}

/** Reports a restore and a miss, and counts both. */
export function report({
  store,
  build,
  result: { hit, miss, differences },
  restoring,
  messages,
}: Report): void {
  if (differences !== null) {
    const count = `${differences.length} ${differences.length === 1 ? "change" : "changes"}`;
    messages.warn(`restoring a pinned snapshot despite ${count}; this build saves nothing`);
    for (const difference of differences) messages.warn(`ignored change: ${difference}`);
  }
  if (hit !== null) {
    const { header } = hit.record;
    const milliseconds = Math.max(0, header.total - restoring);
    const [took, saved] = [formatDuration(restoring), formatDuration(milliseconds)];
    messages.inform(`restored ${build.name} through ${header.phase} in ${took}, ${saved} saved`);
    for (const doubt of [...doubtsOf(hit.layers), ...hit.warnings]) messages.warn(doubt);
    recordHit(store, header.id);
    const bytes = header.layers.reduce((sum, { size }) => sum + size, 0);
    countEvent(store, { kind: "hit", package: build.package, milliseconds, bytes });
  }
  if (miss !== null) {
    messages.inform(miss.text);
    countEvent(store, { kind: "miss", package: build.package, reason: miss.reason });
  }
}
