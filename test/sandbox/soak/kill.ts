import { readdirSync, readFileSync } from "node:fs";
import type { RunningBuild } from "../rig.ts";
import type { Random } from "./random.ts";

/** Whose end a build meets with. */
const victims = ["nix", "runtime", "tool of the runtime"] as const;

/** When in a build a process is killed, and which. */
export interface Kill {
  victim: (typeof victims)[number];
  /** It happens some milliseconds after Nix has printed so many lines. */
  lines: number;
  wait: number;
}

export function randomKill(random: Random): Kill {
  return { victim: random.pick(victims), lines: 1 + random.below(120), wait: random.below(60) };
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

function find({ victim }: Kill, nix: number): number | undefined {
  if (victim === "nix") return nix;
  const runtime = descendants(nix).find(isRuntime);
  if (victim === "runtime" || runtime === undefined) return runtime;
  return children(runtime)[0];
}

/** Kills as `kill` says; the promise is whether it came to that before the build was over. */
export async function carryOut(kill: Kill, { pid, lines, over }: RunningBuild): Promise<boolean> {
  const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  while (!over() && lines() < kill.lines) await sleep(2);
  await sleep(kill.wait);
  while (!over()) {
    const target = find(kill, pid);
    if (target !== undefined) {
      try {
        process.kill(target, "SIGKILL");
        return true;
      } catch {
        // It has just ended by itself.
      }
    }
    await sleep(2);
  }
  return false;
}
