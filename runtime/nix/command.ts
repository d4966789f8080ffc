import { spawnSync } from "node:child_process";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { withoutColours } from "./log.ts";

/** The result of a Nix command. */
interface CommandResult {
  /** The exit status; null when a signal ended the command. */
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Options with which `nix …` works even when the user has not enabled the new command line. */
export const newCommandLine = ["--extra-experimental-features", "nix-command"] as const;

const maxOutput = 64 * 1024 * 1024;

/**
 * Runs one of Nix's programs and waits for it to exit.
 * @param env added to this process's environment
 * @throws PhaseCacheError `tool-failed` when the program can't be started
 */
export function runNix(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
    maxBuffer: maxOutput,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) throw startError(program, error);
  return { status, stdout, stderr };
}

/** Creates the error for a program of Nix that could not be started. */
export function startError(program: string, error: Error): PhaseCacheError {
  const missing = systemCode(error) === "ENOENT";
  const message = missing
    ? `there is no ${program} on PATH`
    : `${program} can't be started: ${error.message}`;
  const hint = "install Nix (https://nixos.org/download), or open a new shell if it was just installed";
  return new PhaseCacheError("tool-failed", message, { hint, cause: error });
}

/** Returns the reason of a failure: the last `error:` line that Nix printed, or else the last line. */
export function failureReason({ stderr }: CommandResult): string {
  const lines = stderr.split("\n").map((line) => withoutColours(line).trim());
  return (
    lines.findLast((line) => line.startsWith("error:")) ??
    lines.findLast((line) => line !== "") ??
    "it printed no message"
  );
}

/** Quotes a text as a string literal of the Nix language. */
export function nixString(text: string): string {
  return `"${text.replace(/["\\]|\$\{/g, "\\$&")}"`;
}
