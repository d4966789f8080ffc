import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { printable } from "./bytes.ts";
import { PhaseCacheError } from "./error.ts";

type Child<Out extends Readable | null = Readable | null> = ChildProcessByStdio<Writable, Out, Readable>;

/** @throws PhaseCacheError `tool-failed` when there are no file descriptors left for its pipes */
export function startTar(tar: string, args: string[], stdout: "pipe"): Child<Readable>;
export function startTar(tar: string, args: string[], stdout: "ignore"): Child<null>;
export function startTar(tar: string, args: string[], stdout: "pipe" | "ignore"): Child {
  // Nothing of the build's environment: TAR_OPTIONS would be obeyed.
  const child = spawn(tar, args, { env: { LC_ALL: "C" }, stdio: ["pipe", stdout, "pipe"] });
  if (child.stdin != null) return child as Child;
  // Node then gives a child without pipes, and says why later.
  child.on("error", () => {});
  throw new PhaseCacheError("tool-failed", `${tar} can't be started: too many open files`);
}

/** What a tar process has to complain about, in one line; null when it succeeded. Never rejects. */
export async function outcomeOf(child: Child): Promise<string | null> {
  let complaints = "";
  child.stderr.on("data", (text: Buffer) => {
    if (complaints.length < 4096) complaints += text.toString();
  });
  try {
    const [status, signal] = await once(child, "close");
    if (status === 0) return null;
    return printable(complaints.split("\n")[0] || `tar ended with ${signal ?? `exit status ${status}`}`);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Runs tar to its end.
 * @param tar absolute path of GNU tar
 * @throws PhaseCacheError `tool-failed` with tar's first complaint
 */
export async function runTar(tar: string, args: string[], input: Uint8Array): Promise<void> {
  const child = startTar(tar, args, "ignore");
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const complaint = await outcomeOf(child);
  if (complaint !== null) throw new PhaseCacheError("tool-failed", complaint);
}
