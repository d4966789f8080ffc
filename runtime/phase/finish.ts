import { factsIn, parseDump, type ShellState } from "../shell/index.ts";
import { readConfig } from "../store/config.ts";
import { enforceLimits } from "../store/gc/collect.ts";
import { openStore } from "../store/open.ts";
import { findSnapshot } from "../store/snapshots.ts";
import { countEvent } from "../store/stats.ts";
import { formatSize } from "../util/bytes.ts";
import { formatDuration } from "../util/time.ts";
import type { PhaseEnd } from "./context.ts";
import { endBuild } from "./end.ts";
import { lookAround, nestedObstacle } from "./obstacles/obstacles.ts";
import { isCalledInTheEnd } from "./obstacles/shell-obstacles.ts";
import { saveSnapshot } from "./saving/save.ts";
import { verifyPhase } from "./saving/verify.ts";
import { endScript, stopScript } from "./script.ts";
import { type SessionState, updateSession } from "./session.ts";
import { willRun } from "./stdenv-switches.ts";

/**
 * Saves a snapshot of the phase that has just ended, says so, and keeps the store within its limits. A phase that has left
 * behind what can't be restored is not saved, nor are those after it for as long as that is there.
 * @returns a bash script for the hook to apply
 */
export async function finishPhase(ended: PhaseEnd): Promise<string> {
  const { session, index, failed, dump, messages } = ended;
  const begin = Date.now();
  const phase = session.state.phases[index]!;
  const state: SessionState = {
    ...session.state,
    ran: [...session.state.ran, { phase, duration: begin - session.state.since }],
    next: index + 1,
  };
  const shell = parseDump(dump);
  // A failed phase is seen from inside the trap on EXIT, and is restored by no build.
  if (failed) return savePhase(ended, state, shell);
  const facts = factsIn(dump);
  const nested = nestedObstacle(session, state, index);
  const around = await lookAround(ended, state, { shell, facts });
  const next = { ...state, nestedThrough: nested.through, said: around.said };
  if (nested.text === null && around.obstacle === null)
    return savePhase({ ...ended, listed: around.changes ? null : ended.listed }, next, shell);
  if (nested.text !== null) messages.inform(`${phase} is not saved: ${nested.text}`);
  const script = skipPhase(ended, next, around.obstacle);
  if (around.obstacle?.ends && state.relocatedFrom.length > 0 && !isCalledInTheEnd(facts))
    messages.warn(
      "cannot check the outputs for references to those of the restored build; build once without the hook",
    );
  return script;
}

/** Goes on after a phase that is not saved. */
function skipPhase(
  { session, index, messages }: PhaseEnd,
  state: SessionState,
  obstacle: { text: string; ends: boolean } | null,
): string {
  const said = obstacle === null ? state.said : [...state.said, obstacle.text];
  updateSession(session, { ...state, said }, null);
  if (obstacle === null || state.said.includes(obstacle.text)) return "";
  const becomes = obstacle.ends ? "building without the cache" : "no later phase is saved while this lasts";
  const end = state.strict ? "failing the build (phaseCacheStrict)" : becomes;
  messages.warn(`${state.phases[index]} is not saved: ${obstacle.text}; ${end}`);
  return obstacle.ends || state.strict ? stopScript(state.strict) : "";
}

async function savePhase(ended: PhaseEnd, state: SessionState, shell: ShellState): Promise<string> {
  const { session, index, failed, tools, messages } = ended;
  const phase = state.phases[index]!;
  const store = openStore(state.store, { write: true });
  const { config } = readConfig(store);
  const level = config.compressionLevel;
  const earlier = state.verify && !failed ? findSnapshot(store, state.package, state.keys[index]!) : null;
  const saved = await saveSnapshot(ended, { store, state, level, shell });
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
  const verdict = earlier === null ? null : verifyPhase(store, earlier, header, shell);
  enforceLimits(store, config, { inUse: new Set([header.id]) });
  // Since this process began, so that starting Node counts.
  const took = formatDuration(performance.now());
  const over = !failed && !state.phases.slice(index + 1).some((later) => willRun(later, shell));
  if (over) endBuild(session, tools, messages);
  if (verdict?.equal) messages.inform(verdict.text);
  messages.inform(`saved ${failed ? `the failed ${phase}` : phase}: ${formatSize(bytes)} in ${took}`);
  const script = over ? endScript : "";
  if (verdict === null || verdict.equal) return script;
  messages.warn(`${verdict.text}${state.strict ? "; failing the build (phaseCacheStrict)" : ""}`);
  return state.strict ? stopScript(true) : script;
}
