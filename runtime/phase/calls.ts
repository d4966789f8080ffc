import { parseDump } from "../shell/index.ts";
import { readTools, type Tools } from "../snapshot/tools.ts";
import { usualStore } from "../store/layout.ts";
import { openStore } from "../store/open.ts";
import { describeBuild, type PlanRequest } from "./build.ts";
import type { PhaseEnd } from "./context.ts";
import { endBuild } from "./end.ts";
import { finishPhase } from "./finish.ts";
import { errorLine, findLog, type Messages, openMessages } from "./messages.ts";
import { planBuild } from "./plan.ts";
import { undoRestore } from "./restoring/undo.ts";
import { stopScript } from "./script.ts";
import { readSession } from "./session.ts";

/**
 * Handles the first call of a build: plans it and restores. Any failure is reported in one line, and stops caching.
 * @returns a bash script for the hook to apply
 */
export async function planCall(request: PlanRequest, dump: Uint8Array): Promise<string> {
  const initial = parseDump(dump);
  const { build, problems } = describeBuild(request, initial);
  const { phaseCacheDir, phaseCacheStrict, phaseCacheQuiet } = build.options;
  const { logFd, shell, answer } = request;
  const log = { logFd, shell, log: findLog(logFd) };
  const messages = openMessages(log, phaseCacheQuiet);
  let tools: Tools | null = null;
  try {
    tools = readTools(request.runtime);
    if (problems.length > 0) throw new Error(problems.join("; "));
    const store = openStore(phaseCacheDir ?? usualStore, { write: true });
    return await planBuild({ store, build, initial, dump, tools, messages, log, answer });
  } catch (error) {
    if (tools !== null) await undoRestore(build.pid, build.roots, tools.tar);
    return giveUp(errorLine(error), phaseCacheStrict, messages);
  }
}

/** A call in a build that has been planned. */
export interface SessionCall {
  /** The session's directory. */
  directory: string;
  /** Pid of the shell that runs the phases. */
  shell: number;
  /** Directory of the bundle. */
  runtime: string;
}

/** Handles a call after a phase. A failure costs the snapshot, not the build. */
export async function saveCall(
  request: SessionCall & Pick<PhaseEnd, "index" | "failed" | "endsAtHook" | "answer" | "listed">,
  dump: Uint8Array,
): Promise<string> {
  const { directory, index, shell, runtime } = request;
  const session = readSession(directory);
  const { state } = session;
  const messages = openMessages({ ...state, shell }, state.quiet);
  try {
    return await finishPhase({ ...request, session, dump, tools: readTools(runtime), messages });
  } catch (error) {
    return giveUp(`${state.phases[index]} is not saved: ${errorLine(error)}`, state.strict, messages);
  }
}

/** Handles the call at the end of the builder, which is not made if the save of the last phase has ended the build. */
export function endCall({ directory, shell, runtime }: SessionCall): string {
  const session = readSession(directory);
  endBuild(session, readTools(runtime), openMessages({ ...session.state, shell }, session.state.quiet));
  return "";
}

function giveUp(reason: string, strict: boolean, messages: Messages): string {
  const consequence = strict ? "failing the build (phaseCacheStrict)" : "building without the cache";
  messages.warn(`${reason}; ${consequence}`);
  return stopScript(strict);
}
