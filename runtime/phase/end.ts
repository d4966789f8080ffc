import type { Tools } from "../snapshot/tools.ts";
import type { Messages } from "./messages.ts";
import { discardBaseline } from "./restoring/undo.ts";
import { endSession, type Session } from "./session.ts";
import { warnOfStaleReferences } from "./stale-references.ts";

/**
 * What is to be done when no phase will run any more, once in a build: by the save of the last phase, else by the call that
 * the hook makes when the builder ends. Says what may be wrong with the outputs.
 */
export function endBuild(session: Session, tools: Tools, messages: Messages): void {
  const { state } = session;
  warnOfStaleReferences(state.roots, state.relocatedFrom, state.outputs, tools, messages);
  endSession(session);
  discardBaseline(state.pid);
}
