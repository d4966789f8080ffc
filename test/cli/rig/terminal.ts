import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Command } from "./command.ts";

/**
 * Runs a command on a terminal, and returns what the terminal shows; needs script.
 * @param redirection in shell syntax: `>file`, `2>file`
 */
export function onTerminal(
  run: Command,
  args: string[],
  env: Record<string, string> = {},
  redirection = "",
): { status: number | null; shown: string } {
  const words = args.map((word) => `'${word}'`).join(" ");
  const line = `stty cols 100; exec '${join(run.bin(), "phasecache")}' ${words} ${redirection}`;
  const { status, stdout } = spawnSync("script", ["-qefc", line, "/dev/null"], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, TZ: "UTC", TERM: "xterm", SHELL: "/bin/sh", ...env },
  });
  return { status, shown: stdout.replaceAll("\r\n", "\n") };
}
