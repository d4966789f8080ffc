import { hookOf, postHookAt } from "../key/code/split.ts";
import { parseDump, parseShellFacts, type ShellState } from "../shell/index.ts";
import { readConfig } from "../store/config.ts";
import { enforceLimits } from "../store/gc/collect.ts";
import { openStore } from "../store/open.ts";
import { findSnapshot } from "../store/snapshots.ts";
import { countEvent } from "../store/stats.ts";
import { formatSize, printable } from "../util/bytes.ts";
import { formatDuration } from "../util/time.ts";
import { isRoutine } from "./build.ts";
import type { PhaseEnd } from "./context.ts";
import { endBuild } from "./end.ts";
import { inspectSurroundings, nestedObstacle } from "./obstacles/obstacles.ts";
import { isCalledAtEnd } from "./obstacles/shell-obstacles.ts";
import { saveSnapshot } from "./saving/save.ts";
import { findChangedCode } from "./saving/split-code.ts";
import { verifyPhase } from "./saving/verify.ts";
import { endScript, stopScript } from "./script.ts";
import { type SessionState, updateSession } from "./session.ts";
import { willRun } from "./stdenv-switches.ts";

/**
 * Saves a snapshot of the phase that has just ended, reports it, and enforces the store's limits. A phase that leaves an
 * obstacle is not saved, nor are later phases while the obstacle persists.
 * @returns a bash script for the hook to apply
 */
export async function finishPhase(end: PhaseEnd): Promise<string> {
  const { session, index, failed, dump, messages } = end;
  const begin = Date.now();
  const phase = session.state.phases[index]!;
  const state: SessionState = {
    ...session.state,
    ran: [...session.state.ran, { phase, duration: begin - session.state.since }],
    next: index + 1,
  };
  const shell = parseDump(dump);
  // The dump of a failed phase is made inside the trap on EXIT, and no build restores it: obstacles don't matter.
  if (failed) return savePhase(end, state, shell);
  const facts = parseShellFacts(dump);
  const nested = nestedObstacle(session, state, index);
  const inspection = await inspectSurroundings(end, state, { shell, facts });
  const next = { ...state, nestedThrough: nested.through, reported: inspection.reported };
  const code = findChangedCode(state, index, end.endsAtHook, () => parseDump(session.initial), shell);
  const changed = end.endsAtHook || code === null ? null : `an earlier phase changed ${printable(code)}`;
  // What is an obstacle before a hook may be gone after it.
  const isPassing = isSavedAgain(state, index);
  const obstacle = isPassing ? null : inspection.obstacle;
  const quiet = nested.text ?? changed ?? (isPassing ? (inspection.obstacle?.text ?? null) : null);
  if (quiet === null && obstacle === null) {
    const listed = inspection.changes ? null : end.listed;
    return savePhase({ ...end, listed, endsAtHook: end.endsAtHook && code === null }, next, shell);
  }
  if (quiet !== null) messages.inform(`${phase} is not saved: ${quiet}`);
  const script = skipPhase(end, next, obstacle);
  if (obstacle?.ends && state.relocatedFrom.length > 0 && !isCalledAtEnd(facts))
    messages.warn(
      "cannot check the outputs for references to those of the restored build; build once without the hook",
    );
  return script;
}

/** Whether the rest of a phase is saved later: its body after the hook before it, or the hook after it. */
function isSavedAgain({ phases, splits }: SessionState, index: number): boolean {
  if (hookOf(phases[index]!)?.startsWith("pre")) return true;
  return postHookAt(phases, index) !== null && !isRoutine(phases[index + 1]!, splits);
}

/** Updates the session after a phase that is not saved, and warns of an obstacle that has not been reported yet. */
function skipPhase(
  { session, index, messages }: PhaseEnd,
  state: SessionState,
  obstacle: { text: string; ends: boolean } | null,
): string {
  const reported = obstacle === null ? state.reported : [...state.reported, obstacle.text];
  updateSession(session, { ...state, reported }, null);
  if (obstacle === null || state.reported.includes(obstacle.text)) return "";
  const consequence = obstacle.ends
    ? "building without the cache"
    : "no later phase is saved while this lasts";
  const outcome = state.strict ? "failing the build (phaseCacheStrict)" : consequence;
  messages.warn(`${state.phases[index]} is not saved: ${obstacle.text}; ${outcome}`);
  return obstacle.ends || state.strict ? stopScript(state.strict) : "";
}

async function savePhase(end: PhaseEnd, state: SessionState, shell: ShellState): Promise<string> {
  const { session, index, failed, tools, messages } = end;
  const phase = state.phases[index]!;
  const store = openStore(state.store, { write: true });
  const { config } = readConfig(store);
  const level = config.compressionLevel;
  const earlier = state.verify && !failed ? findSnapshot(store, state.package, state.keys[index]!) : null;
  const saved = await saveSnapshot(end, { store, state, level, shell });
  const { header, bytes, scan, skipped, order, reads } = saved;
  for (const path of skipped) messages.warn(`${path} is a socket or a device, which snapshots leave out`);
  const { id, layers, initial } = header;
  const namesOutputs = state.namesOutputs || saved.namesOutputs;
  updateSession(
    session,
    { ...state, parent: id, layers, initial, reads, order, namesOutputs },
    scan === null ? null : scan.encode(),
  );
  countEvent(store, { kind: "save", package: state.package, bytes, milliseconds: performance.now() });
  const comparison = earlier === null ? null : verifyPhase(store, earlier, header, shell);
  enforceLimits(store, config, { inUse: new Set([header.id]) });
  // Counted from the start of this process, to include the start of Node.
  const took = formatDuration(performance.now());
  const isLater = (name: string) => willRun(name, shell) && !isRoutine(name, state.splits);
  const isLast = !failed && !state.phases.slice(index + 1).some(isLater);
  if (isLast) endBuild(session, tools, messages);
  if (comparison?.equal) messages.inform(comparison.text);
  messages.inform(`saved ${failed ? `the failed ${phase}` : phase}: ${formatSize(bytes)} in ${took}`);
  const script = isLast ? endScript : "";
  if (comparison === null || comparison.equal) return script;
  messages.warn(`${comparison.text}${state.strict ? "; failing the build (phaseCacheStrict)" : ""}`);
  return state.strict ? stopScript(true) : script;
}
