import { restoreLayers } from "../archive/restore.ts";
import { emitScript, type ShellState } from "../shell/index.ts";
import { checkBlob } from "../store/blobs.ts";
import { recordHit } from "../store/hits.ts";
import type { Store } from "../store/open.ts";
import { countEvent } from "../store/stats.ts";
import { encodeTree, scanTree, type Tree } from "../tree/scan.ts";
import { PhaseCacheError } from "../util/error.ts";
import { formatDuration } from "../util/time.ts";
import type { Build } from "./build.ts";
import { closeLayers } from "./layers.ts";
import { foreignOutputs, warnOfLeftovers, willRun } from "./leftovers.ts";
import { type Answer, type Hit, lookUp, unusable } from "./lookup.ts";
import type { Messages } from "./messages.ts";
import { rehashNinjaLogs } from "./ninja.ts";
import { lookUpPinned } from "./pinned.ts";
import { planScript } from "./script.ts";
import { createSession, type Run, type SessionState } from "./session.ts";
import type { Tools } from "./tools.ts";
import { noteBefore, undoRestore } from "./undo.ts";

/** A build before its first phase, with its store. */
export interface Plan {
  store: Store;
  build: Build;
  initial: ShellState;
  /** What `initial` was read from. */
  dump: Uint8Array;
  tools: Tools;
  messages: Messages;
}

/**
 * Finds the deepest valid snapshot and restores it.
 * @returns the script for the hook to apply: the state, and what is done
 * @throws when restoring failed; nothing of it is left then, and the phases can run from the start
 */
export async function planBuild({ store, build, initial, dump, tools, messages }: Plan): Promise<string> {
  const answer = await restoreDeepest({ store, build, initial, dump, tools, messages });
  const { hit } = answer;
  let { tree } = scanTree(build.roots, tools.find);
  if (hit !== null && mendNinja(tree, hit, { ...build, initial, messages }))
    ({ tree } = scanTree(build.roots, tools.find));
  const session = createSession(stateOf(store, build, hit), dump, encodeTree(tree));
  // Since this process began, so that starting Node counts.
  report({ store, build, answer, restoring: performance.now(), messages });
  if (!build.phases.slice(session.state.next).some((phase) => willRun(phase, initial))) {
    warnOfLeftovers(build.roots, session.state.relocatedFrom, build.outputs, tools, messages);
  }
  const functions = planScript({
    session: session.directory,
    restored: hit === null ? [] : notes(build, hit),
    // What is made upon a pinned snapshot is not what this build's keys stand for.
    saves: answer.differences === null ? [...(build.knobs.phaseCachePhases ?? build.phases)] : [],
  });
  return hit === null ? functions : `${emitScript(hit.state)}\n${functions}`;
}

/** Restores the deepest snapshot that proves sound while it is read. */
async function restoreDeepest({ store, build, initial, tools, messages }: Plan): Promise<Answer> {
  const useless = new Set<string>();
  for (;;) {
    const question = { ...build, store, initial, useless };
    const answer = lookUpPinned(question, build.knobs.phaseCacheThrough, messages) ?? lookUp(question);
    for (const problem of answer.problems) messages.warn(problem);
    if (answer.hit === null) return answer;
    const { header } = answer.hit.record;
    noteBefore(build.pid, build.buildTop);
    try {
      await apply(build, answer.hit, tools);
      return answer;
    } catch (error) {
      if (!(error instanceof PhaseCacheError)) throw error;
      messages.warn(unusable(header, error));
      undoRestore(build.pid, build.roots);
      for (const { digest, index } of header.layers)
        for (const blob of [digest, index.digest]) checkBlob(store, blob);
      useless.add(header.id);
    }
  }
}

async function apply(build: Build, hit: Hit, tools: Tools): Promise<void> {
  try {
    await restoreLayers(hit.layers, build.roots, tools.tar);
  } finally {
    closeLayers(hit.layers);
  }
}

function mendNinja(tree: Tree, hit: Hit, build: Build & Pick<Plan, "initial" | "messages">): boolean {
  const refs = hit.record.header.layers;
  const layers = hit.layers.map((source, i) => ({ source, ref: refs[i]! }));
  return rehashNinjaLogs(tree, build.roots[0]!, layers, build);
}

function stateOf(store: Store, build: Build, hit: Hit | null): SessionState {
  const {
    package: name,
    name: full,
    system,
    buildTop,
    phases,
    keys,
    inputs,
    outputs,
    roots,
    knobs,
    logFd,
  } = build;
  return {
    pid: build.pid,
    store: store.root,
    package: name,
    name: full,
    system,
    buildTop,
    phases,
    keys,
    inputs,
    outputs,
    roots,
    quiet: knobs.phaseCacheQuiet,
    strict: knobs.phaseCacheStrict,
    logFd,
    parent: hit?.record.header.id ?? null,
    layers: hit?.record.header.layers ?? [],
    relocatedFrom: hit === null ? [] : foreignOutputs(hit.record.header.layers, outputs),
    next: hit === null ? 0 : hit.index + 1,
    ran: hit?.record.body.ran ?? [],
    since: Date.now(),
  };
}

/** One line for each restored phase that once ran; an empty one for a phase that its switch had turned off. */
function notes(build: Build, hit: Hit): string[] {
  const waiting: Run[] = [...hit.record.body.ran];
  return build.phases.slice(0, hit.index + 1).map((phase) => {
    if (waiting[0]?.phase !== phase) return "";
    const { duration } = waiting.shift()!;
    return `phasecache: ${phase} restored, ${formatDuration(duration)} saved`;
  });
}

interface Report extends Pick<Plan, "store" | "build" | "messages"> {
  answer: Answer;
  /** Milliseconds. */
  restoring: number;
}

function report({ store, build, answer: { hit, miss, differences }, restoring, messages }: Report): void {
  if (differences !== null) {
    messages.warn(
      `a pinned snapshot takes the place of ${differences.length} changes; nothing is saved in this build`,
    );
    for (const difference of differences) messages.warn(`in spite of: ${difference}`);
  }
  if (hit !== null) {
    const { header } = hit.record;
    const milliseconds = Math.max(0, header.total - restoring);
    const [took, saved] = [formatDuration(restoring), formatDuration(milliseconds)];
    messages.inform(`restored ${build.name} through ${header.phase} in ${took}, ${saved} saved`);
    recordHit(store, header.id);
    countEvent(store, { kind: "hit", package: build.package, milliseconds });
  }
  if (miss !== null) {
    messages.inform(miss.text);
    countEvent(store, { kind: "miss", package: build.package, reason: miss.reason });
  }
}
