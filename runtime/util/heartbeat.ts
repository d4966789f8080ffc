import { writeSync } from "node:fs";

/** Milliseconds from one line to the next, at least. */
const interval = 1000;

let pipe: { fd: number; last: number } | undefined;

/** From here on `beat` writes lines to this file descriptor. */
export function startHeartbeat(fd: number): void {
  pipe = { fd, last: performance.now() };
}

/**
 * Says that this process gets on: whoever waits for it ends it after minutes of silence. To be called from every loop that
 * goes through data without a bound. Without `startHeartbeat` it does nothing.
 */
export function heartbeat(): void {
  if (pipe === undefined) return;
  const now = performance.now();
  if (now - pipe.last < interval) return;
  pipe.last = now;
  writeSync(pipe.fd, "\n");
}
