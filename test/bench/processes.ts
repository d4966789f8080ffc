import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Skipped } from "./measure.ts";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** A file for standard input; nothing unless given. */
  readonly input?: string;
  /** A file that the command writes to as file descriptor 3. */
  readonly answer?: string;
  /** The whole environment; this process's unless given. */
  readonly env?: Record<string, string>;
}

export interface Ran {
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. @throws Error with its complaint when it fails */
export function run({ command, args, input, answer, env }: Command): Ran {
  const fds = [openSync(input ?? "/dev/null", "r"), openSync(answer ?? "/dev/null", "w")] as const;
  try {
    const begin = process.hrtime.bigint();
    const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
      stdio: [fds[0], "pipe", "pipe", fds[1]],
      encoding: "utf8",
      maxBuffer: Number.POSITIVE_INFINITY,
      ...(env === undefined ? {} : { env }),
    });
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${command} ended with ${signal ?? status}: ${stderr.slice(-2000)}`);
    return { seconds, stdout, stderr };
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** Runs bash code that has to succeed, every part of a pipe. Parameters arrive as `$1`, `$2`, … */
export function bash(code: string, ...parameters: string[]): Ran {
  return run({ command: "bash", args: ["-euo", "pipefail", "-c", code, "bench", ...parameters] });
}

/** Waits until the disk has what was written, so that nobody's measure pays for another's writing. */
export function settle(): void {
  run({ command: "sync", args: [] });
}

/** Like `run`; `peak` is the most bytes of memory that the command, or a child that it waited for, had at once. */
export function runForPeak(command: Command, folder: string): Ran & { readonly peak: number } {
  const report = join(folder, "peak-memory");
  const args = ["--format=%M", `--output=${report}`, command.command, ...command.args];
  const ran = run({ ...command, command: "/usr/bin/time", args });
  const kibibytes = Number(readFileSync(report, "utf8").trim().split("\n").at(-1));
  return { ...ran, peak: 1024 * kibibytes };
}

/** Runs commands like `run`, and keeps the most memory that one of them had. */
export function peakRunner(folder: string) {
  let peak = 0;
  const via = (command: Command): Ran => {
    const ran = runForPeak(command, folder);
    peak = Math.max(peak, ran.peak);
    return ran;
  };
  return { via, peak: () => peak };
}

/** @throws Skipped when a program is not installed */
export function need(program: string): void {
  if (spawnSync(program, ["--version"]).error !== undefined) throw new Skipped(`${program} is not installed`);
}
