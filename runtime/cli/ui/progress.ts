import { formatSize } from "../../util/bytes.ts";
import { isQuiet } from "./output.ts";

/** A progress bar on a terminal. */
export interface Progress {
  /** May be called at any rate; the bar is drawn a few times a second. Both are bytes. */
  update(done: number, total: number): void;
  /** Erases the bar. Must be called before any other output, also after an error. */
  end(): void;
}

/** The part of `process.stderr` that a progress bar needs. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const none: Progress = { update: () => {}, end: () => {} };

/** Milliseconds before the bar appears, so that short operations show none, and between two updates. */
const delay = 200;
const interval = 80;
const widest = 30;
const eraseLine = "\r\x1b[K";

/**
 * Starts a progress bar on standard error: `label  [=====     ]  50 %  1.0 GiB of 2.0 GiB`. Draws nothing without a
 * terminal, or with `--quiet`.
 */
export function startProgress(
  label: string,
  { quiet = isQuiet(), terminal = process.stderr as Terminal }: { quiet?: boolean; terminal?: Terminal } = {},
): Progress {
  if (quiet || !terminal.isTTY || process.env.TERM === "dumb") return none;
  let next = Date.now() + delay;
  let drawn = false;
  return {
    update: (done, total) => {
      const now = Date.now();
      if (now < next) return;
      next = now + interval;
      drawn = true;
      terminal.write(eraseLine + progressLine(label, done, total, terminal.columns ?? 80));
    },
    end: () => {
      if (drawn) terminal.write(eraseLine);
      drawn = false;
    },
  };
}

/** Returns the result of `act`; erases the bar when it ends or fails. */
export function withProgress<T>(progress: Progress, act: () => T): T {
  try {
    return act();
  } finally {
    progress.end();
  }
}

/** Formats the bar in ASCII, shorter than `columns`, so that the line never wraps. */
export function progressLine(label: string, done: number, total: number, columns: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const words = `${String(Math.floor(share * 100)).padStart(3)} %  ${formatSize(done)} of ${formatSize(total)}`;
  const room = Math.min(widest, columns - label.length - words.length - 7);
  const filled = Math.round(share * room);
  const bar = room < 5 ? "" : `[${"=".repeat(filled)}${" ".repeat(room - filled)}]  `;
  return `${label}  ${bar}${words}`.slice(0, columns - 1);
}
