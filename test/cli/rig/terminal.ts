import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Command } from "./command.ts";

/**
 * What a terminal shows of a command; needs script.
 * @param elsewhere what goes to a file instead, as a shell has it: `>file`, `2>file`
 */
export function onTerminal(
  run: Command,
  args: string[],
  env: Record<string, string> = {},
  elsewhere = "",
): { status: number | null; shown: string } {
  const words = args.map((word) => `'${word}'`).join(" ");
  const line = `stty cols 100; exec '${join(run.bin(), "phasecache")}' ${words} ${elsewhere}`;
  const { status, stdout } = spawnSync("script", ["-qefc", line, "/dev/null"], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, TZ: "UTC", TERM: "xterm", SHELL: "/bin/sh", ...env },
  });
  return { status, shown: stdout.replaceAll("\r\n", "\n") };
}
