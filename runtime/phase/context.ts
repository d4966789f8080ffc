import type { ShellState } from "../shell/index.ts";
import type { Tools } from "../snapshot/tools.ts";
import type { Store } from "../store/layout.ts";
import type { Build } from "./build.ts";
import type { Log, Messages } from "./messages.ts";
import type { Session } from "./session.ts";

/** A build before its first phase, with its store. */
export interface PlanContext {
  store: Store;
  build: Build;
  initial: ShellState;
  /** What `initial` was read from. */
  dump: Uint8Array;
  tools: Tools;
  messages: Messages;
  log: Log;
  /** File descriptor of the answer: see `SurroundingsQuery`. */
  answer: number;
}

/** A phase that has just ended: what the hook says of it, and what the session and the packaging add. */
export interface PhaseEnd {
  /** As the call before this one left it. */
  session: Session;
  /** The phase's place in the list of phases. */
  index: number;
  failed: boolean;
  /** The shell's dump as the phase left it. */
  dump: Uint8Array;
  /** The process of the shell that runs the phases. */
  shell: number;
  /** File descriptor of the answer: see `SurroundingsQuery`. */
  answer: number;
  /** File descriptor from which "ok" comes when the hook has listed the files; null when it does not. */
  listed: number | null;
  tools: Tools;
  messages: Messages;
}
