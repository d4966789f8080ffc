import { spawn } from "node:child_process";
import { constants } from "node:os";
import { startError } from "../nix/command.ts";

/** What a user may send to the whole of it. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Running {
  /** Takes standard output whole, in the end; without it the output goes where this process's own goes. */
  capture: boolean;
  /** Takes each line of standard error; without it they go where this process's own go. */
  onLine?: (line: string) => void;
}

/**
 * Runs `nix` in the foreground, on the user's terminal; signals that come meanwhile are passed on to it.
 * @returns its exit status (130 and the like when a signal ended it, or made it end), and what it printed if captured
 * @throws PhaseCacheError `tool-failed` when there is no such program
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

/** Calls for each line as soon as it is whole; what is returned gives the last one, which may lack its end. */
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
