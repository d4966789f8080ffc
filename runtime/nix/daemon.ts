import { readdirSync, readFileSync } from "node:fs";
import { systemCode } from "../util/error.ts";

/** USER_HZ, the unit of start times in /proc. It is the same on every Linux. */
const ticksPerSecond = 100;

/**
 * Returns when the Nix daemon started, in milliseconds since the epoch; null when none runs, or when several run, because
 * it is unknown which of them commands use. A daemon forks for each client, so children of daemons do not count.
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

/** Reads a process's entry in /proc. Returns null when the process is not a Nix daemon. */
function readDaemon(pid: string): { pid: string; parent: string; start: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the name, is in parentheses and may contain any characters.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
    const program = words[0]!.split("/").at(-1);
    const isDaemon = program === "nix-daemon" || (program === "nix" && words.includes("daemon"));
    return isDaemon ? { pid, parent: fields[1]!, start: Number(fields[19]) } : null;
  } catch (error) {
    // The process has ended in the meantime.
    if (["ENOENT", "ESRCH"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}
