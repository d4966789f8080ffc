import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { endingSignals, signalStatus } from "../ui/signals.ts";

/** Milliseconds before a child that ignores a signal is killed. */
const patience = 2000;

/**
 * Runs a program on this command's own standard input, output and error.
 * @returns its exit status, or 128 and the number of the signal that ended it or this command
 */
export async function runChild([program = "", ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  // A terminal signals all processes. Without one, the child leads a process group, so that signals reach its children.
  const detached = !process.stdin.isTTY;
  const child = spawn(program, args, { stdio: "inherit", cwd: "/", env, detached });
  let ended: NodeJS.Signals | undefined;
  let killer: NodeJS.Timeout | undefined;
  const pass = (signal: NodeJS.Signals) => {
    // The terminal sends the interrupt to the child itself.
    if (!detached && signal === "SIGINT") return;
    ended = signal;
    // An interactive bash ignores SIGTERM.
    send(child, detached, detached ? signal : "SIGHUP");
    killer ??= setTimeout(() => send(child, detached, "SIGKILL"), patience);
  };
  for (const signal of endingSignals) process.on(signal, pass);
  try {
    const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    if (ended !== undefined) {
      // Background programs ignore SIGINT.
      if (detached) send(child, detached, "SIGKILL");
      return signalStatus(ended);
    }
    return signal === null ? (status ?? 1) : signalStatus(signal);
  } finally {
    clearTimeout(killer);
    for (const signal of endingSignals) process.off(signal, pass);
  }
}

function send({ pid }: ChildProcess, group: boolean, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(group ? -pid : pid, signal);
  } catch (error) {
    // The process has already ended.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
