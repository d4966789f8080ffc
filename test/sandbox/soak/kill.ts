import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { RunningBuild } from "../rig.ts";
import type { Random } from "./random.ts";

/** The processes that can be killed. */
const targets = ["nix", "runtime", "tool of the runtime"] as const;

/** Which process is killed during a build, and when. */
export interface Kill {
  target: (typeof targets)[number];
  /** The number of lines that Nix prints before the process is looked up. */
  lines: number;
  /** The milliseconds between finding and killing the process. */
  wait: number;
}

export function randomKill(random: Random): Kill {
  const target = random.pick(targets);
  if (target === "tool of the runtime") return { target, lines: 1 + random.below(80), wait: 0 };
  return { target, lines: 1 + random.below(80), wait: random.below(100) };
}

/** The children of all threads of a process; none once it has ended. */
function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"))
      .flatMap((text) => text.split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

function descendants(pid: number): number[] {
  return children(pid).flatMap((child) => [child, ...descendants(child)]);
}

function isRuntime(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0")[1]?.endsWith("/hook.cjs") ?? false;
  } catch {
    return false;
  }
}

function find({ target }: Kill, nix: number): number | undefined {
  if (target === "nix") return nix;
  const runtime = descendants(nix).find(isRuntime);
  if (target === "runtime" || runtime === undefined) return runtime;
  return children(runtime)[0];
}

/** Kills a process as described by `kill`. Resolves to whether that happened before the build ended. */
export async function carryOut(kill: Kill, { pid, lines, hasEnded }: RunningBuild): Promise<boolean> {
  while (!hasEnded() && lines() < kill.lines) await setTimeout(2);
  while (!hasEnded()) {
    const target = find(kill, pid);
    if (target !== undefined && (await killAfter(kill.wait, target))) return true;
    await setTimeout(1);
  }
  return false;
}

/** Kills a process after some milliseconds, unless it ends before. Returns whether it was killed. */
async function killAfter(wait: number, pid: number): Promise<boolean> {
  const started = startOf(pid);
  await setTimeout(wait);
  // The process ID may have been reused.
  if (started === undefined || startOf(pid) !== started) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** The start time of a process in clock ticks since boot (proc(5), stat); undefined once it has ended. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19];
  } catch {
    return undefined;
  }
}
