import { appendFileSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import { printable } from "../util/bytes.ts";

/** Where the hook's lines go: Nix's log protocol when the build has it, standard error otherwise. */
export interface Messages {
  /** What happened, one line. Not shown with `phaseCacheQuiet`. */
  inform(text: string): void;
  /** What went wrong, and how to mend it. Always shown. */
  warn(text: string): void;
}

/** Where a build's log is written. */
export interface Log {
  /** The value of NIX_LOG_FD, possibly empty. */
  logFd: string;
  /** Where that led before the first phase, as the kernel names it; null when that is not known, or now. */
  log: string | null;
  /** The shell that runs the phases. */
  shell: number;
}

/** Messages of level 1 (warnings), which Nix shows without `-L` too. */
export function openMessages(log: Log, quiet: boolean): Messages {
  const structured = /^\d+$/.test(log.logFd);
  const say = (text: string) => {
    const msg = `phasecache: ${printable(text)}`;
    const line = structured ? `@nix ${JSON.stringify({ action: "msg", level: 1, msg })}` : msg;
    write(log, `${line}\n`);
  };
  return {
    inform: (text) => {
      if (!quiet) say(text);
    },
    warn: say,
  };
}

function descriptorOf({ logFd }: Pick<Log, "logFd">): number {
  return /^\d+$/.test(logFd) ? Number(logFd) : 2;
}

/** Where the log leads now, as the kernel names it; null when it is closed. */
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

/** A phase may have put a file of its own in the place of the log: then another way is looked for. */
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
    // There is nobody left to tell.
  }
}

/** An error's message with its hint, on one line. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = "hint" in error && typeof error.hint === "string" ? `; ${error.hint}` : "";
  return `${error.message}${hint}`.replaceAll("\n", " ");
}
