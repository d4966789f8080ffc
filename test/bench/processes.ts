import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Skipped } from "./measure.ts";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** A file for standard input; empty by default. */
  readonly input?: string;
  /** A file that the command opens as file descriptor 3. */
  readonly answer?: string;
  /** The complete environment; this process's environment by default. */
  readonly env?: Record<string, string>;
}

export interface RunResult {
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command and waits for it. @throws Error with the end of its standard error when it fails */
export function run({ command, args, input, answer, env }: Command): RunResult {
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
    if (status !== 0) throw new Error(`${command} failed with ${signal ?? status}: ${stderr.slice(-2000)}`);
    return { seconds, stdout, stderr };
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** Runs bash code in which every command, also in a pipeline, has to succeed. The parameters are `$1`, `$2`, … */
export function bash(code: string, ...parameters: string[]): RunResult {
  return run({ command: "bash", args: ["-euo", "pipefail", "-c", code, "bench", ...parameters] });
}

/** Flushes written data to disk, so that no measure includes the cost of an earlier one's writes. */
export function flushDisk(): void {
  run({ command: "sync", args: [] });
}

/** Like `run`; `peak` is the peak memory in bytes of the command and the children that it waited for. */
export function runForPeak(command: Command, folder: string): RunResult & { readonly peak: number } {
  const report = join(folder, "peak-memory");
  const args = ["--format=%M", `--output=${report}`, command.command, ...command.args];
  const ran = run({ ...command, command: "/usr/bin/time", args });
  const kibibytes = Number(readFileSync(report, "utf8").trim().split("\n").at(-1));
  return { ...ran, peak: 1024 * kibibytes };
}

/** Runs commands like `run` and records the highest peak memory of any of them. */
export function peakRunner(folder: string) {
  let peak = 0;
  const via = (command: Command): RunResult => {
    const ran = runForPeak(command, folder);
    peak = Math.max(peak, ran.peak);
    return ran;
  };
  return { via, peak: () => peak };
}

/** @throws Skipped when a program is not installed */
export function requireProgram(program: string): void {
  if (spawnSync(program, ["--version"]).error !== undefined) throw new Skipped(`${program} is not installed`);
}
