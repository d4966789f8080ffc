import { createInterface } from "node:readline/promises";
import { PhaseCacheError } from "../../util/error.ts";
import { signalStatus } from "./signals.ts";

/**
 * Asks for confirmation on the terminal; any answer but yes means no.
 * @param hint what to do without a terminal
 * @throws PhaseCacheError `usage` without a terminal
 */
export async function confirm(question: string, hint: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new PhaseCacheError("usage", "cannot ask for confirmation without a terminal", { hint });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // On a terminal, readline handles ^C itself, and would only close the interface.
  terminal.on("SIGINT", () => process.exit(signalStatus("SIGINT")));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
