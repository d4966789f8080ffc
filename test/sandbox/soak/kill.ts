import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import type { RunningBuild } from "../rig.ts";
import type { Random } from "./random.ts";

/** Whose end a build meets with. */
const targets = ["nix", "runtime", "tool of the runtime"] as const;

/** When in a build a process is killed, and which. */
export interface Kill {
  target: (typeof targets)[number];
  /** It is looked for when Nix has printed so many lines. */
  lines: number;
  /** It lives for so many milliseconds after it was found. */
  wait: number;
}

export function randomKill(random: Random): Kill {
  const target = random.pick(targets);
  if (target === "tool of the runtime") return { target, lines: 1 + random.below(80), wait: 0 };
  return { target, lines: 1 + random.below(80), wait: random.below(100) };
}

/** The processes that a process has started, of all its threads; none once it has ended. */
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

/** Kills as `kill` says; the promise is whether it came to that before the build was over. */
export async function carryOut(kill: Kill, { pid, lines, over }: RunningBuild): Promise<boolean> {
  while (!over() && lines() < kill.lines) await setTimeout(2);
  while (!over()) {
    const target = find(kill, pid);
    if (target !== undefined && (await killAfter(kill.wait, target))) return true;
    await setTimeout(1);
  }
  return false;
}

/** Kills a process after some milliseconds, unless it has ended before. */
async function killAfter(wait: number, pid: number): Promise<boolean> {
  const started = startOf(pid);
  await setTimeout(wait);
  // Its number may be another process's by now.
  if (started === undefined || startOf(pid) !== started) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** When a process was started, in clock ticks since the machine was; undefined once it has ended (proc(5), stat). */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19];
  } catch {
    return undefined;
  }
}
