import { type Fault, opening } from "./strace.ts";

/**
 * A place for a fault: of the calls of a system call by this name that the fault can strike, the `rank`th, from 1. Others
 * don't count: how many pipes of its own Node writes into, and what it looks up in /proc, is different in each run.
 */
export interface Point {
  name: string;
  rank: number;
}

/** Where strace is to look for a point: at the `nth` call by this name, from 1. */
export interface Aim {
  name: string;
  nth: number;
}

/** A fault, its point, and where the recorded run had that. */
export interface Stroke {
  fault: Fault;
  point: Point;
  aim: Aim;
}

/** What a run with a fault in it came to. */
export type Shot =
  | { struck: true }
  /** The run has no such call, or it is another time elsewhere among the calls by its name. */
  | { struck: false; reason: "absent" | "elsewhere"; aim: Aim };

/** What strikes in a round: its faults in turn, as far as each can strike at a call. */
export function strokesIn(log: string, round: readonly Fault[]): Stroke[] {
  const can = round.map((fault) => pointsIn(log, fault));
  const calls = new Set(can.flatMap((points) => [...points.keys()]));
  return [...calls]
    .sort((a, b) => a - b)
    .map((call, i) => {
      const able = round.filter((_, j) => can[j]!.has(call));
      const fault = able[i % able.length]!;
      return { fault, ...can[round.indexOf(fault)]!.get(call)! };
    });
}

/** Whether the fault in a run's log has happened at its point; where to try next when it has not. */
export function shotIn(log: string, { fault, point, aim }: Stroke): Shot {
  const calls = log.split("\n").filter((line) => line.startsWith(`${point.name}(`));
  const able = [...calls.keys()].filter((i) => strikes(fault, point.name, calls[i]!));
  const hit = hitIn(log, fault, calls);
  const there = able[point.rank - 1];
  if (there !== undefined && there === hit) return { struck: true };
  const miss = { struck: false, reason: "elsewhere" } as const;
  if (there !== undefined) return { ...miss, aim: { ...aim, nth: there + 1 } };
  if (hit === null) return { ...miss, reason: "absent", aim };
  // The fault kept the run from getting so far.
  return { ...miss, aim: { ...aim, nth: hit + 1 + point.rank - able.filter((i) => i <= hit).length } };
}

/** Which of the calls has failed or was the last one of all; null when the run ended without the fault. */
function hitIn(log: string, fault: Fault, calls: readonly string[]): number | null {
  if (fault === "SIGKILL") return /^\+\+\+ killed by SIGKILL/m.test(log) ? calls.length - 1 : null;
  const hit = calls.findIndex((line) => line.includes("(INJECTED)"));
  return hit < 0 ? null : hit;
}

/**
 * The points of a recorded run at which `fault` can strike, by the number of the line: every call that changes something,
 * and for want of descriptors every one that opens something.
 */
function pointsIn(log: string, fault: Fault): Map<number, { point: Point; aim: Aim }> {
  const counts = new Map<string, { nth: number; rank: number }>();
  const points = new Map<number, { point: Point; aim: Aim }>();
  for (const [i, line] of log.split("\n").entries()) {
    const [, name] = /^(\w+)\(/.exec(line) ?? [];
    if (name === undefined) continue;
    const { nth, rank } = counts.get(name) ?? { nth: 1, rank: 1 };
    const can = strikes(fault, name, line);
    if (can) points.set(i, { point: { name, rank }, aim: { name, nth } });
    counts.set(name, { nth: nth + 1, rank: can ? rank + 1 : rank });
  }
  return points;
}

function strikes(fault: Fault, name: string, line: string): boolean {
  if (opening.includes(name)) return fault === "EMFILE";
  if (isInternal(line)) return false;
  if (!name.startsWith("open")) return true;
  if (/O_WRONLY|O_RDWR|O_CREAT/.test(line)) return true;
  // A directory or file that is read, once the program itself has been loaded; what it is opened by counts, since a
  // call that fails has no more to show.
  const isOwn = /^\w+\((?:\d+<\/tmp\/phasecache-|[^"]*"(?:\/tmp\/phasecache-|\/proc\/self\/fd\/))/.test(line);
  return isOwn && (fault === "EMFILE" || fault === "EACCES" || fault === "EIO");
}

/** Whether a call writes into a pipe or the like. */
function isInternal(line: string): boolean {
  return /^p?writev?(?:64|2)?\(\d+<(?!\/)/.test(line);
}
