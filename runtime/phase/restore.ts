import type { Program } from "../archive/ninja-log.ts";
import { restoreLayers } from "../archive/restore.ts";
import { checkBlob } from "../store/blobs.ts";
import { type Entry, typeOf } from "../tree/entry.ts";
import type { Scan } from "../tree/scan.ts";
import { PhaseCacheError } from "../util/error.ts";
import { closeLayers } from "./layers.ts";
import { type Answer, type Hit, lookUp, unusable } from "./lookup.ts";
import { findProgram, findStaleLogs, pathOf, rehashLogs } from "./ninja.ts";
import { lookUpPinned } from "./pinned.ts";
import type { Plan } from "./plan.ts";
import { keptBefore, noteBefore, undoRestore } from "./undo.ts";

/** Restores the deepest snapshot that proves sound while it is read. */
export async function restoreDeepest(plan: Plan): Promise<Answer> {
  const { store, build, initial, messages, tools } = plan;
  const useless = new Set<string>();
  for (;;) {
    const question = { ...build, store, initial, useless, initials: new Map() };
    const answer = lookUpPinned(question, build.knobs.phaseCacheThrough, messages) ?? lookUp(question);
    for (const problem of answer.problems) messages.warn(problem);
    if (answer.hit === null) return answer;
    const { header } = answer.hit.record;
    noteBefore(build.pid, build.roots);
    try {
      await apply(plan, answer.hit);
      return answer;
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      messages.warn(unusable(header, error));
      await undoRestore(build.pid, build.roots, tools.tar);
      for (const { digest, index } of header.layers)
        for (const blob of [digest, index.digest]) checkBlob(store, blob);
      useless.add(header.id);
    }
  }
}

async function apply({ build, tools }: Plan, hit: Hit): Promise<void> {
  try {
    const keep = (paths: readonly Buffer[]) => keptBefore(build.pid).keep(paths, tools.tar);
    await restoreLayers(hit.layers, build.roots, tools.tar, { keep });
  } finally {
    closeLayers(hit.layers);
  }
}

/** Has ninja's logs name the commands as they now are. Returns whether any was written. */
export function mendNinja({ build, initial, messages }: Plan, scan: Scan, { record, layers }: Hit): boolean {
  const isFile = (entry: Entry) => typeOf(entry) === "f";
  const logs = findStaleLogs(() => scan.tree, isFile, layers, record.header.layers, build.outputs);
  const ninja = logs.length === 0 ? null : findProgram("ninja", pathOf(initial));
  const program: Program | null = ninja === null ? null : { command: [ninja], env: {} };
  const { written, problems } = rehashLogs(logs, build.roots[0]!, build.outputs, () => program);
  for (const problem of problems) messages.warn(problem);
  return written;
}
