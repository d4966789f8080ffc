import { emitScript, type ShellState } from "../shell/index.ts";
import { directoryOrdersOf, orderIn } from "../snapshot/name-order.ts";
import { isTemporary, type Tree, typeOf } from "../tree/entry.ts";
import { scanTree } from "../tree/scan.ts";
import type { ByteString } from "../util/bytes.ts";
import { type Build, isRoutine, phasesToSave } from "./build.ts";
import type { PlanContext } from "./context.ts";
import type { Hit, LookupResult } from "./lookup/request.ts";
import { readSurroundings } from "./obstacles/surroundings.ts";
import { report, restoredLines } from "./restoring/report.ts";
import { repairRestored, restoreDeepest } from "./restoring/restore.ts";
import { planScript } from "./script.ts";
import { createSession, type SessionState } from "./session.ts";
import { foreignOutputs, warnOfStaleReferences } from "./stale-references.ts";
import { willRun } from "./stdenv-switches.ts";

/**
 * Finds the deepest valid snapshot, restores it and starts the session.
 * @returns the script for the hook to apply: the restored state, and the functions of the plan
 * @throws when restoring fails; the caller then has to roll it back
 */
export async function planBuild(plan: PlanContext): Promise<string> {
  const { store, build, initial, dump, tools, messages, log } = plan;
  const before = scanTree(build.roots, tools.find);
  const result = build.options.phaseCacheVerify ? restoreNothing(plan) : await restoreDeepest(plan);
  const { hit } = result;
  const scan =
    hit === null ? before : repairRestored(plan, scanTree(build.roots, tools.find), hit, result.shift);
  const state = { ...stateOf(plan, hit), directories: directoriesIn(before.tree) };
  const session = createSession(state, dump, scan.encode());
  // Counted from the start of this process, to include the start of Node.
  report({ store, build, result, restoring: performance.now(), messages });
  const isComplete = !build.phases.slice(state.next).some((phase) => mayChangeOutputs(phase, build, initial));
  if (isComplete) warnOfStaleReferences(build.roots, state.relocatedFrom, build.outputs, tools, messages);
  const functions = planScript({
    session: session.directory,
    // The runtime lists temporary roots itself: in most builds they are empty.
    roots: build.roots.filter(({ name }) => !isTemporary(name)),
    find: tools.find,
    phases: build.phases,
    splits: build.splits,
    runPhase: initial.functions.get("runPhase")?.text ?? "",
    shell: log.shell,
    restored: hit === null ? [] : restoredLines(build, hit),
    // Phases that run after a pinned snapshot do not produce what this build's keys stand for.
    saves: result.differences === null ? [...phasesToSave(build)] : [],
    callsEnd: !isComplete && state.relocatedFrom.length > 0,
  });
  return hit === null ? functions : `${emitScript(hit.state)}\n${functions}`;
}

function mayChangeOutputs(phase: string, { splits }: Build, initial: ShellState): boolean {
  return willRun(phase, initial) && !isRoutine(phase, splits);
}

function restoreNothing({ messages }: PlanContext): LookupResult & { shift: null } {
  messages.inform("running every phase and comparing it with its snapshot (phaseCacheVerify)");
  return { hit: null, miss: null, problems: [], differences: null, shift: null };
}

function directoriesIn(tree: Tree): ByteString[] {
  return [...tree].filter(([, entry]) => typeOf(entry) === "d").map(([path]) => path);
}

type Started = Omit<SessionState, "directories">;

function stateOf({ store, build: described, log, answer }: PlanContext, hit: Hit | null): Started {
  const { options, named, start: _, ...build } = described;
  const layers = hit?.record.header.layers ?? [];
  return {
    ...build,
    store: store.root,
    quiet: options.phaseCacheQuiet,
    strict: options.phaseCacheStrict,
    verify: options.phaseCacheVerify,
    parent: hit?.record.header.id ?? null,
    layers,
    namesOutputs: hit?.layers.some(({ index }) => index.classes.length > 0) ?? false,
    initial: null,
    reads: hit?.reads ?? [],
    directoryOrders: directoryOrdersOf(build.roots),
    order: hit === null ? [] : orderIn(hit.record, build.outputs),
    relocatedFrom: foreignOutputs(layers, build.outputs, named),
    next: hit === null ? 0 : hit.index + 1,
    nestedThrough: -1,
    surroundings: readSurroundings({ ...build, shell: log.shell, answer }),
    log: log.log,
    reported: [],
    ran: hit?.record.body.ran ?? [],
    since: Date.now(),
  };
}
