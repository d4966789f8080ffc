import { writeSync } from "node:fs";
import { printable } from "../util/bytes.ts";

/** Where the hook's lines go: Nix's log protocol when the build has it, standard error otherwise. */
export interface Messages {
  /** What happened, one line. Not shown with `phaseCacheQuiet`. */
  inform(text: string): void;
  /** What went wrong, and how to mend it. Always shown. */
  warn(text: string): void;
}

/**
 * Messages of level 1 (warnings), which Nix shows without `-L` too.
 * @param logFd the value of NIX_LOG_FD, possibly empty
 */
export function openMessages(logFd: string, quiet: boolean): Messages {
  const fd = /^\d+$/.test(logFd) ? Number(logFd) : undefined;
  const say = (text: string) => {
    const msg = `phasecache: ${printable(text)}`;
    const line = fd === undefined ? msg : `@nix ${JSON.stringify({ action: "msg", level: 1, msg })}`;
    writeSync(fd ?? 2, `${line}\n`);
  };
  return {
    inform: (text) => {
      if (!quiet) say(text);
    },
    warn: say,
  };
}

/** An error's message with its hint, on one line. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = "hint" in error && typeof error.hint === "string" ? `; ${error.hint}` : "";
  return `${error.message}${hint}`.replaceAll("\n", " ");
}
