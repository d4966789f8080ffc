import { writeSync } from "node:fs";

/** Minimum time between two lines, in milliseconds. */
const interval = 1000;

let pipe: { fd: number; last: number } | undefined;

/** Makes `heartbeat` write to this file descriptor from now on. */
export function startHeartbeat(fd: number): void {
  pipe = { fd, last: performance.now() };
}

/**
 * Reports progress to the process that waits for this one, which kills it after minutes of silence. Call it in every loop
 * over data of unbounded size. Does nothing before `startHeartbeat`.
 */
export function heartbeat(): void {
  if (pipe === undefined) return;
  const now = performance.now();
  if (now - pipe.last < interval) return;
  pipe.last = now;
  writeSync(pipe.fd, "\n");
}
