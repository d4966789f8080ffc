import { constants } from "node:os";

/** Signals that ask a command to end. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit status of a command that a signal has ended, as shells have it. */
export function signalStatus(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** What `act` does, or nothing: when it fails, or a signal ends the command meanwhile, `undo` has the last word. */
export async function wholly<T>(act: () => Promise<T>, undo: () => void): Promise<T> {
  const interrupted = (signal: NodeJS.Signals) => {
    undo();
    process.exit(signalStatus(signal));
  };
  for (const signal of endingSignals) process.on(signal, interrupted);
  try {
    return await act();
  } catch (error) {
    undo();
    throw error;
  } finally {
    for (const signal of endingSignals) process.off(signal, interrupted);
  }
}
