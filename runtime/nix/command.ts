import { spawnSync } from "node:child_process";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { withoutColours } from "./log.ts";

/** What came of a Nix command. */
export interface Outcome {
  /** Null when a signal ended it. */
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `nix …` works with this, whether or not the user has switched the new command line on. */
export const newCommandLine = ["--extra-experimental-features", "nix-command"] as const;

const largestAnswer = 64 * 1024 * 1024;

/**
 * Runs one of Nix's programs to its end.
 * @param env added to this process's environment
 * @throws PhaseCacheError `tool-failed` when there is no such program
 */
export function runNix(program: string, args: readonly string[], env: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: largestAnswer,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) throw startError(program, error);
  return { status, stdout, stderr };
}

export function startError(program: string, error: Error): PhaseCacheError {
  const missing = systemCode(error) === "ENOENT";
  const message = missing
    ? `there is no ${program} on PATH`
    : `${program} can't be started: ${error.message}`;
  const hint = "install Nix (https://nixos.org/download), or open a new shell if it was just installed";
  return new PhaseCacheError("tool-failed", message, { hint, cause: error });
}

/** The last line of what a failed command said that tells why: Nix puts `error:` before it. */
export function failureReason({ stderr }: Outcome): string {
  const lines = stderr.split("\n").map((line) => withoutColours(line).trim());
  return (
    lines.findLast((line) => line.startsWith("error:")) ??
    lines.findLast((line) => line !== "") ??
    "it said nothing"
  );
}
