import { createInterface } from "node:readline/promises";
import { PhaseCacheError } from "../../util/error.ts";
import { signalStatus } from "./signals.ts";

/**
 * Asks on the terminal; anything but yes is no.
 * @param hint what to do where there is no terminal
 * @throws PhaseCacheError `usage` where there is none
 */
export async function isAgreed(question: string, hint: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new PhaseCacheError("usage", "there is no terminal to ask on", { hint });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // On a terminal the interface takes the key itself, and would only stop listening.
  terminal.on("SIGINT", () => process.exit(signalStatus("SIGINT")));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
