import { type FaultKind, opening } from "./strace.ts";

/**
 * A system call into which a fault can be injected: the `rank`th (from 1) of those with this name. Other calls with the
 * name do not count: the number of writes to Node's internal pipes, and of its reads in /proc, differs from run to run.
 */
export interface SystemCall {
  name: string;
  rank: number;
}

/** The call into which strace injects: the `nth` (from 1) of all calls with this name. */
export interface Aim {
  name: string;
  nth: number;
}

/** A kind of fault, the system call to inject it into, and the position of that call in the recorded run. */
export interface InjectionPoint {
  kind: FaultKind;
  call: SystemCall;
  aim: Aim;
}

/** The outcome of a run with a fault. */
export type Outcome =
  | { injected: true }
  /** The run has no such call, or has it at another position among the calls with its name. */
  | { injected: false; reason: "absent" | "elsewhere"; aim: Aim };

/** The injection points of a round. Alternates between the kinds of faults that apply to each call. */
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

/** Returns whether a run's log shows the fault at its injection point; if not, the position to try next. */
export function outcomeOf(log: string, { kind, call, aim }: InjectionPoint): Outcome {
  const calls = log.split("\n").filter((line) => line.startsWith(`${call.name}(`));
  const able = [...calls.keys()].filter((i) => applies(kind, call.name, calls[i]!));
  const hit = hitIn(log, kind, calls);
  const there = able[call.rank - 1];
  if (there !== undefined && there === hit) return { injected: true };
  const miss = { injected: false, reason: "elsewhere" } as const;
  if (there !== undefined) return { ...miss, aim: { ...aim, nth: there + 1 } };
  if (hit === null) return { ...miss, reason: "absent", aim };
  // The fault ended the run before it reached the call.
  return { ...miss, aim: { ...aim, nth: hit + 1 + call.rank - able.filter((i) => i <= hit).length } };
}

/** The index of the call that failed, or that was the last before the kill; null when the run ended without the fault. */
function hitIn(log: string, kind: FaultKind, calls: readonly string[]): number | null {
  if (kind === "SIGKILL") return /^\+\+\+ killed by SIGKILL/m.test(log) ? calls.length - 1 : null;
  const hit = calls.findIndex((line) => line.includes("(INJECTED)"));
  return hit < 0 ? null : hit;
}

/**
 * The points of a recorded run into which a fault of this kind can be injected, by line number: every call that modifies
 * something, and for EMFILE also every call that opens something.
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
  // Opens of files and directories for reading, once the program itself has been loaded. Recognised by the arguments,
  // because a call that fails has no other information.
  const isOwn = /^\w+\((?:\d+<\/tmp\/phasecache-|[^"]*"(?:\/tmp\/phasecache-|\/proc\/self\/fd\/))/.test(line);
  return isOwn && (kind === "EMFILE" || kind === "EACCES" || kind === "EIO");
}

/** Whether a call writes to a pipe or another descriptor that is not a file. */
function isInternal(line: string): boolean {
  return /^p?writev?(?:64|2)?\(\d+<(?!\/)/.test(line);
}
