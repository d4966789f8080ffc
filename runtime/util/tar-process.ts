import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { printable } from "./bytes.ts";
import { PhaseCacheError } from "./error.ts";

type Child<Out extends Readable | null = Readable | null> = ChildProcessByStdio<Writable, Out, Readable>;

/**
 * Starts GNU tar with its standard input and standard error connected to pipes.
 * @throws PhaseCacheError `tool-failed` when no file descriptors are left for the pipes
 */
export function startTar(tar: string, args: string[], stdout: "pipe"): Child<Readable>;
export function startTar(tar: string, args: string[], stdout: "ignore"): Child<null>;
export function startTar(tar: string, args: string[], stdout: "pipe" | "ignore"): Child {
  // The build's environment is not passed on: tar would use its TAR_OPTIONS.
  const child = spawn(tar, args, { env: { LC_ALL: "C" }, stdio: ["pipe", stdout, "pipe"] });
  if (child.stdin != null) return child as Child;
  // Node returned a child without pipes, and reports the reason later in an event.
  child.on("error", () => {});
  throw new PhaseCacheError("tool-failed", `${tar} can't be started: too many open files`);
}

/** Waits for tar to exit. Resolves to its first error message, or null when it succeeded. Never rejects. */
export async function waitForTar(child: Child): Promise<string | null> {
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => {
    if (stderr.length < 4096) stderr += text.toString();
  });
  try {
    const [status, signal] = await once(child, "close");
    if (status === 0) return null;
    return printable(stderr.split("\n")[0] || `tar ended with ${signal ?? `exit status ${status}`}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Runs tar and waits for it to exit.
 * @param tar absolute path of GNU tar
 * @throws PhaseCacheError `tool-failed` with tar's first error message
 */
export async function runTar(tar: string, args: string[], input: Uint8Array): Promise<void> {
  const child = startTar(tar, args, "ignore");
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const failure = await waitForTar(child);
  if (failure !== null) throw new PhaseCacheError("tool-failed", failure);
}
