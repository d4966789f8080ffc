import { readdirSync, readFileSync } from "node:fs";
import { systemCode } from "../util/error.ts";

/** The kernel's unit of start times in /proc: USER_HZ, the same on all of Linux. */
const ticksPerSecond = 100;

/**
 * When the Nix daemon started, in milliseconds since the epoch; null when none runs, or when there are several and it
 * can't be told which one is asked. A daemon serves each client with a child, so only those count that no daemon started.
 */
export function daemonStart(): number | null {
  const daemons = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readDaemon(pid) ?? []);
  const pids = new Set(daemons.map(({ pid }) => pid));
  const first = daemons.filter(({ parent }) => !pids.has(parent));
  if (first.length !== 1) return null;
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]);
  return (boot + first[0]!.start / ticksPerSecond) * 1000;
}

/** Null for any other process. */
function readDaemon(pid: string): { pid: string; parent: string; start: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    const program = words[0]!.split("/").at(-1);
    const isDaemon = program === "nix-daemon" || (program === "nix" && words.includes("daemon"));
    return isDaemon ? { pid, parent: fields[1]!, start: Number(fields[19]) } : null;
  } catch (error) {
    // It has just ended.
    if (["ENOENT", "ESRCH"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}
