import type { Tools } from "../snapshot/tools.ts";
import type { Messages } from "./messages.ts";
import { discardBaseline } from "./restoring/undo.ts";
import { endSession, type Session } from "./session.ts";
import { warnOfStaleReferences } from "./stale-references.ts";

/**
 * Ends a build in which no phase will run any more: warns of what may be wrong with the outputs, and removes the session.
 * Called once, by the save of the last phase or else by the hook's call at the end of the builder.
 */
export function endBuild(session: Session, tools: Tools, messages: Messages): void {
  const { state } = session;
  warnOfStaleReferences(state.roots, state.relocatedFrom, state.outputs, tools, messages);
  endSession(session);
  discardBaseline(state.pid);
}
