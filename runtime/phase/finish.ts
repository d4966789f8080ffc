import { readConfig } from "../store/config.ts";
import { enforceLimits } from "../store/gc.ts";
import { openStore } from "../store/open.ts";
import { findSnapshot } from "../store/snapshots.ts";
import { countEvent } from "../store/stats.ts";
import { formatSize } from "../util/bytes.ts";
import { PhaseCacheError } from "../util/error.ts";
import { formatDuration } from "../util/time.ts";
import { warnOfLeftovers, willRun } from "./leftovers.ts";
import type { Messages } from "./messages.ts";
import { saveSnapshot } from "./save.ts";
import { stopScript } from "./script.ts";
import { endSession, type Session, updateSession } from "./session.ts";
import type { Tools } from "./tools.ts";
import { forgetBefore } from "./undo.ts";
import { verifyPhase } from "./verify.ts";

/** A phase that has just ended. */
export interface Ended {
  session: Session;
  phase: string;
  failed: boolean;
  /** The shell's dump as the phase left it. */
  dump: Uint8Array;
  /** File descriptor from which "ok" comes when the hook has listed the files; null when it does not. */
  listed: number | null;
  tools: Tools;
  messages: Messages;
}

/**
 * Saves a snapshot of the phase that has just ended, says so, and keeps the store within its limits.
 * @returns a bash script for the hook to apply
 */
export async function finishPhase(ended: Ended): Promise<string> {
  const { session, phase, failed, dump, listed, tools, messages } = ended;
  const begin = Date.now();
  const index = session.state.phases.indexOf(phase, session.state.next);
  if (index < 0)
    throw new PhaseCacheError("unsupported", "it is not in the list of phases that the build began with");
  const state = {
    ...session.state,
    ran: [...session.state.ran, { phase, duration: begin - session.state.since }],
  };
  const store = openStore(state.store, { write: true });
  const { config } = readConfig(store);
  const level = config.compressionLevel;
  const earlier = state.verify && !failed ? findSnapshot(store, state.package, state.keys[index]!) : null;
  const saved = await saveSnapshot({ store, session, state, tools, level, dump, listed, index, failed });
  const { header, bytes, scan, skipped } = saved;
  for (const path of skipped) messages.warn(`${path} is a socket or a device: it is in no snapshot`);
  const namesOutputs = state.namesOutputs || saved.namesOutputs;
  updateSession(
    session,
    {
      ...state,
      next: index + 1,
      parent: header.id,
      layers: header.layers,
      initial: header.initial,
      namesOutputs,
    },
    scan === null ? null : scan.encode(),
  );
  countEvent(store, { kind: "save", package: state.package, bytes, milliseconds: performance.now() });
  const verdict = earlier === null ? null : verifyPhase(store, earlier, header);
  enforceLimits(store, config, { inUse: new Set([header.id]) });
  // Since this process began, so that starting Node counts.
  const took = formatDuration(performance.now());
  const over = !failed && !state.phases.slice(index + 1).some((later) => willRun(later, saved.shell));
  if (over) {
    warnOfLeftovers(state.roots, state.relocatedFrom, state.outputs, tools, messages);
    endSession(session);
    forgetBefore(state.pid);
  }
  if (verdict?.equal) messages.inform(verdict.text);
  messages.inform(`saved ${failed ? `the failed ${phase}` : phase}: ${formatSize(bytes)} in ${took}`);
  if (verdict === null || verdict.equal) return "";
  messages.warn(`${verdict.text}${state.strict ? "; the build fails, as phaseCacheStrict asks" : ""}`);
  return state.strict ? stopScript(true) : "";
}
