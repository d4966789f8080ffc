import { type FaultKind, opening } from "./strace.ts";

/**
 * A system call that can fail: the `rank`th, from 1, of the calls by this name into which the fault can be injected. Others
 * do not count: how many of its own pipes Node writes to, and what it reads in /proc, differs from run to run.
 */
export interface SystemCall {
  name: string;
  rank: number;
}

/** Where strace injects: at the `nth` call by this name, from 1. */
export interface Aim {
  name: string;
  nth: number;
}

/** Where to inject which kind of fault, and where the recorded run had that call. */
export interface InjectionPoint {
  kind: FaultKind;
  call: SystemCall;
  aim: Aim;
}

/** The outcome of a run with a fault. */
export type Outcome =
  | { injected: true }
  /** The run has no such call, or has it elsewhere among the calls by its name. */
  | { injected: false; reason: "absent" | "elsewhere"; aim: Aim };

/** The injection points of a round: its kinds of faults in turn, as far as each applies to a call. */
export function injectionPointsIn(log: string, round: readonly FaultKind[]): InjectionPoint[] {
  const can = round.map((kind) => pointsIn(log, kind));
  const lines = new Set(can.flatMap((points) => [...points.keys()]));
  return [...lines]
    .sort((a, b) => a - b)
    .map((line, i) => {
      const able = round.filter((_, j) => can[j]!.has(line));
      const kind = able[i % able.length]!;
      return { kind, ...can[round.indexOf(kind)]!.get(line)! };
    });
}

/** Whether a run's log shows the fault at its point; where to try next if not. */
export function outcomeOf(log: string, { kind, call, aim }: InjectionPoint): Outcome {
  const calls = log.split("\n").filter((line) => line.startsWith(`${call.name}(`));
  const able = [...calls.keys()].filter((i) => applies(kind, call.name, calls[i]!));
  const hit = hitIn(log, kind, calls);
  const there = able[call.rank - 1];
  if (there !== undefined && there === hit) return { injected: true };
  const miss = { injected: false, reason: "elsewhere" } as const;
  if (there !== undefined) return { ...miss, aim: { ...aim, nth: there + 1 } };
  if (hit === null) return { ...miss, reason: "absent", aim };
  // The fault kept the run from getting so far.
  return { ...miss, aim: { ...aim, nth: hit + 1 + call.rank - able.filter((i) => i <= hit).length } };
}

/** Which of the calls has failed or was the last one of all; null when the run ended without the fault. */
function hitIn(log: string, kind: FaultKind, calls: readonly string[]): number | null {
  if (kind === "SIGKILL") return /^\+\+\+ killed by SIGKILL/m.test(log) ? calls.length - 1 : null;
  const hit = calls.findIndex((line) => line.includes("(INJECTED)"));
  return hit < 0 ? null : hit;
}

/**
 * The points of a recorded run at which `fault` can strike, by the number of the line: every call that changes something,
 * and for want of descriptors every one that opens something.
 */
function pointsIn(log: string, kind: FaultKind): Map<number, { call: SystemCall; aim: Aim }> {
  const counts = new Map<string, { nth: number; rank: number }>();
  const points = new Map<number, { call: SystemCall; aim: Aim }>();
  for (const [i, line] of log.split("\n").entries()) {
    const [, name] = /^(\w+)\(/.exec(line) ?? [];
    if (name === undefined) continue;
    const { nth, rank } = counts.get(name) ?? { nth: 1, rank: 1 };
    const can = applies(kind, name, line);
    if (can) points.set(i, { call: { name, rank }, aim: { name, nth } });
    counts.set(name, { nth: nth + 1, rank: can ? rank + 1 : rank });
  }
  return points;
}

function applies(kind: FaultKind, name: string, line: string): boolean {
  if (opening.includes(name)) return kind === "EMFILE";
  if (isInternal(line)) return false;
  if (!name.startsWith("open")) return true;
  if (/O_WRONLY|O_RDWR|O_CREAT/.test(line)) return true;
  // A directory or file that is read, once the program itself has been loaded; what it is opened by counts, since a
  // call that fails has no more to show.
  const isOwn = /^\w+\((?:\d+<\/tmp\/phasecache-|[^"]*"(?:\/tmp\/phasecache-|\/proc\/self\/fd\/))/.test(line);
  return isOwn && (kind === "EMFILE" || kind === "EACCES" || kind === "EIO");
}

/** Whether a call writes into a pipe or the like. */
function isInternal(line: string): boolean {
  return /^p?writev?(?:64|2)?\(\d+<(?!\/)/.test(line);
}
