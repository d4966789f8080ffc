import { emitScript, type ShellState } from "../shell/index.ts";
import type { Store } from "../store/open.ts";
import { typeOf } from "../tree/entry.ts";
import { scanTree, type Tree } from "../tree/scan.ts";
import type { ByteString } from "../util/bytes.ts";
import type { Build } from "./build.ts";
import { foreignOutputs, warnOfLeftovers, willRun } from "./leftovers.ts";
import type { Answer, Hit } from "./lookup.ts";
import type { Messages } from "./messages.ts";
import { notes, report } from "./report.ts";
import { mendNinja, restoreDeepest } from "./restore.ts";
import { planScript } from "./script.ts";
import { createSession, type SessionState } from "./session.ts";
import type { Tools } from "./tools.ts";

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
export async function planBuild(plan: Plan): Promise<string> {
  const { store, build, initial, dump, tools, messages } = plan;
  const before = scanTree(build.roots, tools.find);
  const answer = build.knobs.phaseCacheVerify ? restoreNothing(plan) : await restoreDeepest(plan);
  const { hit } = answer;
  let scan = hit === null ? before : scanTree(build.roots, tools.find);
  if (hit !== null && mendNinja(plan, scan, hit)) scan = scanTree(build.roots, tools.find);
  const state = { ...stateOf(store, build, hit), directories: directoriesIn(before.tree) };
  const session = createSession(state, dump, scan.encode());
  // Since this process began, so that starting Node counts.
  report({ store, build, answer, restoring: performance.now(), messages });
  if (!build.phases.slice(session.state.next).some((phase) => willRun(phase, initial))) {
    warnOfLeftovers(build.roots, session.state.relocatedFrom, build.outputs, tools, messages);
  }
  const functions = planScript({
    session: session.directory,
    roots: build.roots,
    find: tools.find,
    restored: hit === null ? [] : notes(build, hit),
    // What is made upon a pinned snapshot is not what this build's keys stand for.
    saves: answer.differences === null ? [...(build.knobs.phaseCachePhases ?? build.phases)] : [],
  });
  return hit === null ? functions : `${emitScript(hit.state)}\n${functions}`;
}

function restoreNothing({ messages }: Plan): Answer {
  messages.inform("every phase runs and is compared with its snapshot, as phaseCacheVerify asks");
  return { hit: null, miss: null, problems: [], differences: null };
}

function directoriesIn(tree: Tree): ByteString[] {
  return [...tree].filter(([, entry]) => typeOf(entry) === "d").map(([path]) => path);
}

type Started = Omit<SessionState, "directories">;

function stateOf(store: Store, { knobs, ...build }: Build, hit: Hit | null): Started {
  const layers = hit?.record.header.layers ?? [];
  return {
    ...build,
    store: store.root,
    quiet: knobs.phaseCacheQuiet,
    strict: knobs.phaseCacheStrict,
    verify: knobs.phaseCacheVerify,
    parent: hit?.record.header.id ?? null,
    layers,
    namesOutputs: hit?.layers.some(({ index }) => index.classes.length > 0) ?? false,
    initial: null,
    relocatedFrom: foreignOutputs(layers, build.outputs),
    next: hit === null ? 0 : hit.index + 1,
    ran: hit?.record.body.ran ?? [],
    since: Date.now(),
  };
}
