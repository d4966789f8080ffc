import { constants } from "node:os";

/** The signals that ask a command to end. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Returns the exit status of a command that a signal has ended, by the shells' convention. */
export function signalStatus(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Returns the result of `act`; calls `undo` if it fails or if a signal ends the command meanwhile. */
export async function withUndo<T>(act: () => Promise<T>, undo: () => void): Promise<T> {
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
