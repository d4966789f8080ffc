import { appendFileSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { printable } from "../util/bytes.ts";

/** Writes lines to the build log: with Nix's log protocol if available, else to standard error. */
export interface Messages {
  /** Reports what happened, in one line. Prints nothing with `phaseCacheQuiet`. */
  inform(text: string): void;
  /** Reports a problem and its remedy. Always printed. */
  warn(text: string): void;
}

/** The destination of a build's log. */
export interface Log {
  /** The value of NIX_LOG_FD, possibly empty. */
  logFd: string;
  /** The target of that descriptor before the first phase, as the kernel names it; null for the current target. */
  log: string | null;
  /** Pid of the shell that runs the phases. */
  shell: number;
}

/** Opens messages of level 1 (warnings), which Nix shows without `-L` too. */
export function openMessages(log: Log, quiet: boolean): Messages {
  const structured = /^\d+$/.test(log.logFd);
  const print = (text: string) => {
    const msg = `phasecache: ${printable(text)}`;
    const line = structured ? `@nix ${JSON.stringify({ action: "msg", level: 1, msg })}` : msg;
    write(log, `${line}\n`);
  };
  return {
    inform: (text) => {
      if (!quiet) print(text);
    },
    warn: print,
  };
}

function descriptorOf({ logFd }: Pick<Log, "logFd">): number {
  return /^\d+$/.test(logFd) ? Number(logFd) : 2;
}

/** The current target of the log's descriptor, as the kernel names it; null if it is closed. */
export function findLog(logFd: string): string | null {
  return targetOf(`/proc/self/fd/${descriptorOf({ logFd })}`);
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

/** Writes a line. If a phase has redirected the log, looks for another descriptor of the shell that leads to it. */
function write({ logFd, log, shell }: Log, line: string): void {
  try {
    if (log === null || findLog(logFd) === log) {
      writeSync(descriptorOf({ logFd }), line);
      return;
    }
    const directory = `/proc/${shell}/fd`;
    const other = readdirSync(directory).find((number) => targetOf(`${directory}/${number}`) === log);
    if (other !== undefined) appendFileSync(`${directory}/${other}`, line);
  } catch {
    // The log is closed.
  }
}

/** An error's message with its hint, on one line. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = "hint" in error && typeof error.hint === "string" ? `; ${error.hint}` : "";
  return `${error.message}${hint}`.replaceAll("\n", " ");
}
