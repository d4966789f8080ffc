import { formatSize } from "../../util/bytes.ts";
import { isQuiet } from "./output.ts";

/** How far something is, on a terminal. */
export interface Progress {
  /** To be called as often as is convenient: the line is drawn some times a second. Both are bytes. */
  update(done: number, total: number): void;
  /** Takes the line away again. Must be called before anything else is printed, also after an error. */
  end(): void;
}

/** The part of `process.stderr` that a progress needs. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const none: Progress = { update: () => {}, end: () => {} };

/** Milliseconds before the first line, so that what is soon over shows none, and between two. */
const delay = 200;
const interval = 80;
const widest = 30;
const eraseLine = "\r\x1b[K";

/**
 * One line on standard error: `label  [=====     ]  50 %  1.0 GiB of 2.0 GiB`. Without a terminal there is none, nor
 * where nobody wants to hear of it.
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

/** What `act` does; the line is gone when it ends or fails. */
export function whileShown<T>(progress: Progress, act: () => T): T {
  try {
    return act();
  } finally {
    progress.end();
  }
}

/** What is drawn: ASCII, shorter than `columns`, so that the line never wraps. */
export function progressLine(label: string, done: number, total: number, columns: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const words = `${String(Math.floor(share * 100)).padStart(3)} %  ${formatSize(done)} of ${formatSize(total)}`;
  const room = Math.min(widest, columns - label.length - words.length - 7);
  const filled = Math.round(share * room);
  const bar = room < 5 ? "" : `[${"=".repeat(filled)}${" ".repeat(room - filled)}]  `;
  return `${label}  ${bar}${words}`.slice(0, columns - 1);
}
