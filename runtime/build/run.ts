import { spawn } from "node:child_process";
import { constants } from "node:os";
import { startError } from "../nix/command.ts";

/** The signals that are passed on to Nix. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Running {
  /** Whether to return standard output; otherwise it goes to this process's own. */
  capture: boolean;
  /** Called for each line of standard error; without it they go to this process's own. */
  onLine?: (line: string) => void;
}

/**
 * Runs `nix` in the foreground on the user's terminal, and passes signals on to it.
 * @returns its exit status (128 and the signal's number if a signal ended it), and its captured output
 * @throws PhaseCacheError `tool-failed` if there is no such program
 */
export async function runInForeground(args: readonly string[], { capture, onLine }: Running) {
  const child = spawn("nix", args, {
    stdio: ["inherit", capture ? "pipe" : "inherit", onLine === undefined ? "inherit" : "pipe"],
  });
  let received: (typeof signals)[number] | null = null;
  const passOn = (signal: NodeJS.Signals) => {
    received = signal as (typeof signals)[number];
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  try {
    const output = collect(child.stdout);
    const lines = onLine === undefined ? undefined : readLines(child.stderr!, onLine);
    const status = await new Promise<number>((done, failed) => {
      child.on("error", (error) => failed(startError("nix", error)));
      child.on("close", (code, signal) => {
        const ended = signal ?? (code === 0 ? null : received);
        done(ended === null ? code! : 128 + constants.signals[ended]);
      });
    });
    lines?.();
    return { status, stdout: output() };
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const pieces: Buffer[] = [];
  stream?.on("data", (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString("utf8");
}

/** Calls `onLine` for each complete line; the returned function passes on a last line without a newline. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): () => void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  return () => {
    if (rest !== "") onLine(rest);
  };
}
