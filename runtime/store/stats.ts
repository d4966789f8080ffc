import { unlinkSync } from "node:fs";
import { join } from "node:path";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { day } from "../util/units.ts";
import { withDirectory } from "./fs/directory.ts";
import { append, readRegular } from "./fs/files.ts";
import type { Store } from "./layout.ts";
import { namesIn } from "./records/list.ts";

/** The kinds of events that are counted. */
const eventKinds = ["hit", "miss", "save"] as const;
export type EventKind = (typeof eventKinds)[number];

/** An event in a build. */
export interface Event {
  kind: EventKind;
  /** A short reason, by which events are grouped. */
  reason?: string;
  package?: string;
  /** The time that a hit saved, or that a save took. */
  milliseconds?: number;
  /** The size of what a hit restored, or that a save added to the store. */
  bytes?: number;
}

/** Totals of all events of one kind. */
export interface Sum {
  count: number;
  milliseconds: number;
  bytes: number;
  /** Number of events by reason. */
  reasons: Map<string, number>;
}

export interface Stats {
  /** Time of the first event, in milliseconds since the epoch; null if there is none. */
  first: number | null;
  sums: Record<EventKind, Sum>;
}

/** Maximum length of a reason: a line stays below 4,096 bytes, however its characters are escaped. */
const longestText = 250;

const largestFile = 64 * 1024 * 1024;
const fileName = /^\d{4}-\d\d-\d\d\.jsonl$/;

function folder(store: Store): string {
  return join(store.base, "stats", "events");
}

/** Counts an event: appends a line to the file of the day. Ignores system errors. */
export function countEvent(store: Store, event: Event, now = Date.now()): void {
  const { kind, milliseconds, bytes } = event;
  const reason = event.reason?.slice(0, longestText);
  const line = JSON.stringify({ time: now, kind, reason, package: event.package, milliseconds, bytes });
  const day = new Date(now).toISOString().slice(0, 10);
  append(join(folder(store), `${day}.jsonl`), `${line}\n`, { create: true });
}

/** Sums up the events since a time, in milliseconds since the epoch. Ignores invalid lines. */
export function readStats(store: Store, { since = 0 }: { since?: number } = {}): Stats {
  const newSum = (): Sum => ({ count: 0, milliseconds: 0, bytes: 0, reasons: new Map() });
  const sums = { hit: newSum(), miss: newSum(), save: newSum() };
  let first: number | null = null;
  for (const name of namesIn(folder(store)).sort()) {
    if (!fileName.test(name) || Date.parse(name.slice(0, 10)) + day <= since) continue;
    for (const { time, event } of eventsIn(join(folder(store), name))) {
      if (time < since) continue;
      first = Math.min(first ?? time, time);
      add(sums[event.kind], event);
    }
  }
  return { first, sums };
}

function add(sum: Sum, { milliseconds = 0, bytes = 0, reason }: Event): void {
  sum.count++;
  sum.milliseconds += milliseconds;
  sum.bytes += bytes;
  if (reason !== undefined) sum.reasons.set(reason, (sum.reasons.get(reason) ?? 0) + 1);
}

function* eventsIn(path: string): Generator<{ time: number; event: Event }> {
  let lines: string[];
  try {
    lines = readRegular(path, path, largestFile)?.toString("utf8").split("\n") ?? [];
  } catch (error) {
    // Not a regular file, or too large: not written by this program.
    if (error instanceof PhaseCacheError) return;
    throw error;
  }
  for (const line of lines) {
    const event = parseEvent(line);
    if (event !== null) yield event;
  }
}

function parseEvent(line: string): { time: number; event: Event } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { time, kind, reason, package: name, milliseconds, bytes } = value as Record<string, unknown>;
  const known = eventKinds.find((one) => one === kind);
  if (known === undefined || !isTime(time)) return null;
  const event: Event = { kind: known };
  if (typeof reason === "string") event.reason = reason.slice(0, longestText);
  if (typeof name === "string") event.package = name;
  if (isAmount(milliseconds)) event.milliseconds = milliseconds;
  if (isAmount(bytes)) event.bytes = bytes;
  return { time, event };
}

/** Whether a value is valid for a `Date`: any user of the store may have written the line. */
function isTime(value: unknown): value is number {
  return isAmount(value) && value >= 0 && value <= 8.64e15;
}

/** Whether a value is a number whose sums stay finite. */
function isAmount(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** Removes all events. Keeps the hits of snapshots, which garbage collection needs. */
export function resetStats(store: Store): void {
  withDirectory(store, ["stats", "events"], (path) => {
    for (const name of namesIn(path)) {
      try {
        unlinkSync(join(path, name));
      } catch (error) {
        if (!["ENOENT", "EISDIR"].includes(systemCode(error) ?? "")) throw error;
      }
    }
  });
}
