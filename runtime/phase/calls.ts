import { parseDump } from "../shell/index.ts";
import { usualStore } from "../store/layout.ts";
import { openStore } from "../store/open.ts";
import { describeBuild, type Request } from "./build.ts";
import { finishPhase } from "./finish.ts";
import { errorLine, type Messages, openMessages } from "./messages.ts";
import { planBuild } from "./plan.ts";
import { stopScript } from "./script.ts";
import { readSession } from "./session.ts";
import { readTools, type Tools } from "./tools.ts";
import { undoRestore } from "./undo.ts";

/**
 * The first call of a build. Whatever is wrong is said in one line, and the build goes on without the cache.
 * @returns a bash script for the hook to apply
 */
export async function planCall(request: Request, dump: Uint8Array): Promise<string> {
  const initial = parseDump(dump);
  const { build, problems } = describeBuild(request, initial);
  const { phaseCacheDir, phaseCacheStrict, phaseCacheQuiet } = build.knobs;
  const messages = openMessages(request.logFd, phaseCacheQuiet);
  let tools: Tools | null = null;
  try {
    tools = readTools(request.runtime);
    if (problems.length > 0) throw new Error(problems.join("; "));
    const store = openStore(phaseCacheDir ?? usualStore, { write: true });
    return await planBuild({ store, build, initial, dump, tools, messages });
  } catch (error) {
    if (tools !== null) await undoRestore(build.pid, build.roots, tools.tar);
    return giveUp(errorLine(error), phaseCacheStrict, messages);
  }
}

/** What the hook says of a phase that has ended. */
export interface SaveRequest {
  /** The session's. */
  directory: string;
  phase: string;
  failed: boolean;
  /** File descriptor from which "ok" comes when the hook has listed the files; null when it does not. */
  listed: number | null;
  /** Where the bundle lies. */
  runtime: string;
}

/** A call after a phase. A snapshot that can't be made costs the snapshot, not the build. */
export async function saveCall(
  { directory, phase, failed, listed, runtime }: SaveRequest,
  dump: Uint8Array,
): Promise<string> {
  const session = readSession(directory);
  const { logFd, quiet, strict } = session.state;
  const messages = openMessages(logFd, quiet);
  try {
    return await finishPhase({ session, phase, failed, dump, listed, tools: readTools(runtime), messages });
  } catch (error) {
    return giveUp(`${phase} is not saved: ${errorLine(error)}`, strict, messages);
  }
}

function giveUp(reason: string, strict: boolean, messages: Messages): string {
  const end = strict ? "the build fails, as phaseCacheStrict asks" : "the build goes on without the cache";
  messages.warn(`${reason}; ${end}`);
  return stopScript(strict);
}
