import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmdirSync } from "node:fs";
import type { Socket } from "node:net";

/** Waits without letting anything else of this process run. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Starts a bash that does nothing, with this environment, and returns when it has come to that: before, it opens and closes
 * files of its own, which a plan would take for the build's. It ends with this process at the latest.
 * @param mark a path at which there is nothing yet
 * @throws Error when bash does not start within a minute
 */
export function startWaiting(env: Readonly<Record<string, string>>, mark: string): ChildProcess {
  const args = ["--norc", "--noprofile", "-c", 'mkdir "$0"; read -r _', mark];
  const child = spawn("/bin/bash", args, { env, stdio: ["pipe", "ignore", "ignore"] });
  child.unref();
  (child.stdin as Socket).unref();
  for (let left = 6000; !existsSync(mark); left--) {
    if (left === 0) throw new Error(`bash has not made ${mark}`);
    pause(10);
  }
  rmdirSync(mark);
  return child;
}
