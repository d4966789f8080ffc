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
  /** The dump that `initial` was parsed from. */
  dump: Uint8Array;
  tools: Tools;
  messages: Messages;
  log: Log;
  /** File descriptor of the answer: see `SurroundingsQuery`. */
  answer: number;
}

/** A phase that has just ended: the arguments of the hook's call, the session and the tools. */
export interface PhaseEnd {
  /** As the previous call left it. */
  session: Session;
  /** The phase's position in the phase list. */
  index: number;
  failed: boolean;
  /** Whether the phase ended with the call of its post hook, as far as the hook knows. */
  endsAtHook: boolean;
  /** The shell's dump as the phase left it. */
  dump: Uint8Array;
  /** Pid of the shell that runs the phases. */
  shell: number;
  /** File descriptor of the answer: see `SurroundingsQuery`. */
  answer: number;
  /** File descriptor that "ok" arrives on when the hook has listed the files; null if the hook does not list them. */
  listed: number | null;
  tools: Tools;
  messages: Messages;
}
