import { hookOf } from "../../key/code/split.ts";
import { restoreLayers } from "../../layer/restore.ts";
import type { Program } from "../../ninja/log.ts";
import { refreshGitIndexes } from "../../snapshot/git.ts";
import { closeLayers } from "../../snapshot/layers.ts";
import { orderIn } from "../../snapshot/name-order.ts";
import { findProgram, findStaleLogs, pathOf, rehashLogs } from "../../snapshot/ninja.ts";
import { describeShift, markShifted, shiftNinjaLogs } from "../../snapshot/shifted-times.ts";
import { checkBlob } from "../../store/blobs.ts";
import { type Entry, typeOf } from "../../tree/entry.ts";
import type { Scan } from "../../tree/find.ts";
import { scanTree } from "../../tree/scan.ts";
import { PhaseCacheError } from "../../util/error.ts";
import type { TimeShift } from "../../util/time-shift.ts";
import { phasesToSave } from "../build.ts";
import type { PlanContext } from "../context.ts";
import { lookUp, unusable } from "../lookup/lookup.ts";
import { lookUpPinned } from "../lookup/pinned.ts";
import type { Hit, LookupResult } from "../lookup/request.ts";
import { willRun } from "../stdenv-switches.ts";
import { backupOf, recordBaseline, undoRestore } from "./undo.ts";

/** Whether a repair has written any file, and its problems as sentences. */
interface Repair {
  written: boolean;
  problems: string[];
}

/** Restores the deepest snapshot that can be read without errors. `shift` tells how its times were changed. */
export async function restoreDeepest(plan: PlanContext): Promise<LookupResult & { shift: TimeShift | null }> {
  const { store, build, initial, messages, tools } = plan;
  const rejected = new Set<string>();
  // A hook before a phase is saved only if it takes long.
  const isSaved = (name: string) => willRun(name, initial) && !hookOf(name)?.startsWith("pre");
  const saved = phasesToSave(build).filter(isSaved);
  for (;;) {
    const request = { ...build, saved, store, initial, rejected, initials: new Map() };
    const result = lookUpPinned(request, build.options.phaseCacheThrough, messages) ?? lookUp(request);
    for (const problem of result.problems) messages.warn(problem);
    if (result.hit === null) return { ...result, shift: null };
    const { header } = result.hit.record;
    recordBaseline(build.pid, build.roots);
    try {
      return { ...result, shift: await apply(plan, result.hit) };
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      messages.warn(unusable(header, error));
      await undoRestore(build.pid, build.roots, tools.tar);
      for (const { digest, index } of header.layers)
        for (const blob of [digest, index.digest]) checkBlob(store, blob);
      rejected.add(header.id);
    }
  }
}

async function apply({ build, tools }: PlanContext, hit: Hit): Promise<TimeShift | null> {
  try {
    const backup = (paths: readonly Buffer[]) => backupOf(build.pid).add(paths, tools.tar);
    const order = new Map(orderIn(hit.record, build.outputs));
    const { shift } = await restoreLayers(hit.layers, build.roots, tools.tar, { backup, order });
    return shift;
  } finally {
    closeLayers(hit.layers);
  }
}

/**
 * Updates restored files that record the times, commands or inodes of other files.
 * @param scan of the restored files
 * @param shift how the times were changed
 * @returns the scan after the repair, as a baseline for the next phase
 */
export function repairRestored(plan: PlanContext, scan: Scan, hit: Hit, shift: TimeShift | null): Scan {
  const { build, messages, tools } = plan;
  const root = build.roots[0]!;
  const repairs = [repairNinjaLogs(plan, scan, hit), refreshGitIndexes(hit.layers, build.roots, shift)];
  if (shift !== null) {
    messages.warn(describeShift(shift));
    repairs.push(shiftNinjaLogs(scan, root, shift));
  }
  for (const problem of repairs.flatMap(({ problems }) => problems)) messages.warn(problem);
  const now = repairs.some(({ written }) => written) ? scanTree(build.roots, tools.find) : scan;
  if (shift !== null) markShifted(now, shift);
  return now;
}

/** Updates ninja's logs to the relocated commands. */
function repairNinjaLogs({ build, initial }: PlanContext, scan: Scan, { record, layers }: Hit): Repair {
  const isFile = (entry: Entry) => typeOf(entry) === "f";
  const logs = findStaleLogs(() => scan.tree, isFile, layers, record.header.layers, build.outputs);
  const ninja = logs.length === 0 ? null : findProgram("ninja", pathOf(initial));
  const program: Program | null = ninja === null ? null : { command: [ninja], env: {} };
  return rehashLogs(logs, build.roots[0]!, build.outputs, () => program);
}
