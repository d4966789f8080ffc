import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { progressLine, startProgress } from "../../../runtime/cli/ui/progress.ts";

/** A terminal that records what is written to it. */
function makeTerminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
}

it.each([
  [0, `[${" ".repeat(30)}]    0 %  0 B of 2.0 KiB`],
  [1024, `[${"=".repeat(15)}${" ".repeat(15)}]   50 %  1.0 KiB of 2.0 KiB`],
  [2048, `[${"=".repeat(30)}]  100 %  2.0 KiB of 2.0 KiB`],
])("draws %d of 2048 bytes", (done, line) => {
  expect(progressLine("reading", done, 2048, 100)).toBe(`reading  ${line}`);
});

it("never fills a line, however narrow the terminal or odd the numbers", () => {
  for (const columns of [10, 25, 40, 80])
    for (const [done, total] of [
      [0, 0],
      [5, 3],
      [1, 10],
    ] as const)
      expect(progressLine("extracting", done, total, columns).length).toBeLessThan(columns);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv("TERM", "xterm");
});

it("draws on a terminal after a delay, and erases the line", () => {
  const terminal = makeTerminal(true);
  const progress = startProgress("reading", { terminal });
  progress.update(1, 2);
  expect(terminal.written).toEqual([]);
  vi.advanceTimersByTime(1000);
  progress.update(1, 2);
  progress.update(2, 2);
  expect(terminal.written).toEqual([expect.stringContaining("\r\x1b[Kreading  [")]);
  progress.end();
  expect(terminal.written.at(-1)).toBe("\r\x1b[K");
  progress.end();
  expect(terminal.written).toHaveLength(2);
});

it.each([
  ["without a terminal", { isTTY: false, quiet: false, TERM: "xterm" }],
  ["with --quiet", { isTTY: true, quiet: true, TERM: "xterm" }],
  ["on a terminal that cannot erase a line", { isTTY: true, quiet: false, TERM: "dumb" }],
])("prints nothing %s", (_, { isTTY, quiet, TERM }) => {
  vi.stubEnv("TERM", TERM);
  const terminal = makeTerminal(isTTY);
  const progress = startProgress("reading", { terminal, quiet });
  vi.advanceTimersByTime(1000);
  progress.update(1, 2);
  progress.end();
  expect(terminal.written).toEqual([]);
});
