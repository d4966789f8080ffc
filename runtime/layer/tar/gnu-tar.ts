import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { printable, toBytes } from "../../util/bytes.ts";
import { PhaseCacheError } from "../../util/error.ts";
import type { Source } from "./sources.ts";

/**
 * Archives a source, in order.
 * @param tar absolute path of GNU tar
 * @returns the pieces of a pax stream, end-of-archive blocks included; whoever stops early ends tar
 * @throws PhaseCacheError `tool-failed` with tar's first complaint: a file that changed while it was read is one
 */
export async function* createTar(tar: string, source: Source): AsyncGenerator<Buffer> {
  const child = startTar(tar, argumentsOf(source), "pipe");
  const ended = outcomeOf(child);
  try {
    child.stdin.on("error", () => {});
    child.stdin.end(toBytes(`${source.names.join("\0")}\0`));
    for await (const piece of child.stdout) yield piece as Buffer;
    const complaint = await ended;
    if (complaint !== null) throw new PhaseCacheError("tool-failed", complaint);
  } finally {
    child.kill("SIGKILL");
  }
}

function argumentsOf({ directory, transform }: Source): string[] {
  return [
    "--create",
    // It holds for the names after it.
    `--directory=${directory}`,
    "--format=pax",
    // Larger pieces than tar's usual 10 KiB spare a quarter of the time.
    "--blocking-factor=64",
    "--no-recursion",
    "--null",
    "--verbatim-files-from",
    "--files-from=-",
    "--numeric-owner",
    "--owner=0",
    "--group=0",
    "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f",
    `--transform=flags=rhS;${transform}`,
    "--sparse",
  ];
}

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
