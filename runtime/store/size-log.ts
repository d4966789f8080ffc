import { join } from "node:path";
import { day } from "../util/units.ts";
import { writeIn } from "./fs/directory.ts";
import { append, readRegular } from "./fs/files.ts";
import type { Store } from "./layout.ts";

/** Milliseconds after which the store is counted again, which also determines how often the age limit is enforced. */
const validFor = day;

/** A longer log is replaced by a new count; in bytes. */
const longestLog = 64 * 1024;

function logPath(store: Store): string {
  return join(store.base, "stats", "size");
}

/**
 * Adds to the store's running total, which is a log: the first line has the bytes at the last count and its time
 * (milliseconds since the epoch), every other line the bytes of one file added since. Appending needs no lock. A lost
 * line makes the total too small until the next count.
 */
export function addUsage(store: Store, bytes: number): void {
  append(logPath(store), `${bytes}\n`, { create: false });
}

/** Reads the store's size from the log, in bytes; null if the store must be counted. */
export function readUsage(store: Store, now: number): number | null {
  let log: string;
  try {
    log = readRegular(logPath(store), "the size log", longestLog)?.toString("latin1") ?? "";
  } catch {
    return null;
  }
  const [first = "", ...added] = log.split("\n").slice(0, -1);
  const [, total, counted] = /^(\d{1,15}) (\d{1,15})$/.exec(first) ?? [];
  if (total === undefined || Math.abs(now - Number(counted)) > validFor) return null;
  if (!added.every((line) => /^\d{1,15}$/.test(line))) return null;
  return added.reduce((sum, line) => sum + Number(line), Number(total));
}

/** Starts a new log with the result of a count. */
export function writeUsage(store: Store, bytes: number, now: number): void {
  writeIn(store, ["stats"], "size", Buffer.from(`${Math.round(bytes)} ${Math.round(now)}\n`));
}
