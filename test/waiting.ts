import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmdirSync } from "node:fs";
import type { Socket } from "node:net";

/** Blocks this process's thread for a time. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Starts an idle bash with this environment, and returns once it is idle. While it starts, it opens and closes files of
 * its own, which a plan would attribute to the build. It ends when this process ends, if not before.
 * @param mark a path where nothing exists yet
 * @throws Error when bash does not start within a minute
 */
export function startWaiting(env: Readonly<Record<string, string>>, mark: string): ChildProcess {
  const args = ["--norc", "--noprofile", "-c", 'mkdir "$0"; read -r _', mark];
  const child = spawn("/bin/bash", args, { env, stdio: ["pipe", "ignore", "ignore"] });
  child.unref();
  (child.stdin as Socket).unref();
  for (let attempts = 6000; !existsSync(mark); attempts--) {
    if (attempts === 0) throw new Error(`bash did not create ${mark} within a minute`);
    pause(10);
  }
  rmdirSync(mark);
  return child;
}
