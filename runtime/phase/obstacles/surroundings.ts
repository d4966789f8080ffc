import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Outputs } from "../../key/derivation/outputs.ts";
import type { Root } from "../../tree/entry.ts";
import { isOwnTemporary } from "../../tree/find.ts";
import { systemCode } from "../../util/error.ts";
import { otherProcesses, type Process, readOf } from "./processes.ts";
import { isSandboxed } from "./sandbox.ts";

/** What phases can change outside the shell's state and the roots. Plain data. */
export interface Surroundings {
  /** The targets of the shell's open file descriptors, by number; null if the kernel does not show them. */
  descriptors: Record<string, string> | null;
  /** The shell's resource limits by name: soft limit, hard limit and unit. */
  limits: Record<string, string>;
  /** The shell's niceness, and the processors that it may run on. */
  scheduling: string;
  processes: Process[];
  /** The permission bits of the build directory itself. */
  mode: number;
  /**
   * Names in directories that are not roots but may be writable for a build; null if other processes may add names.
   */
  names: Record<string, string[]> | null;
  /** Keys and ids of System V shared memory, semaphores and message queues. */
  queues: string[];
}

/** What to read the surroundings of. */
export interface SurroundingsQuery {
  /** Pid of the builder. */
  pid: number;
  buildTop: string;
  outputs: Outputs;
  roots: readonly Root[];
  /** Pid of the shell that runs the phases. */
  shell: number;
  /** File descriptor of the hook's answer: a pipe that the shell reads from during the call. */
  answer: number;
}

export function readSurroundings(query: SurroundingsQuery): Surroundings {
  const { shell, buildTop } = query;
  const sandboxed = isSandboxed(query);
  return {
    descriptors: readDescriptors(query),
    limits: readLimits(shell),
    scheduling: readScheduling(shell),
    processes: otherProcesses({ shell, isSandboxed: sandboxed, buildTop }),
    mode: lstatSync(`${buildTop}/.`).mode & 0o7777,
    names: sandboxed ? readNames(query) : null,
    queues: sandboxed ? ["shm", "sem", "msg"].flatMap(readQueues) : [],
  };
}

function readDescriptors({ shell, answer }: SurroundingsQuery): Record<string, string> | null {
  const directory = `/proc/${shell}/fd`;
  try {
    const pipe = readlinkSync(`/proc/self/fd/${answer}`);
    const all = readdirSync(directory).map((number) => [number, targetOf(`${directory}/${number}`)] as const);
    return Object.fromEntries(all.filter(([, target]) => target !== pipe));
  } catch (error) {
    if (["EACCES", "EPERM", "ENOENT"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

/** The target of a descriptor; "?" if the kernel does not show it. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "?";
  }
}

/** Parses the fixed-width columns of /proc/pid/limits, see proc(5). */
function readLimits(shell: number): Record<string, string> {
  const lines = readOf("/proc", shell, "limits")?.split("\n").slice(1, -1) ?? [];
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, 26).trim(), line.slice(26).trim().replace(/\s+/g, " ")]),
  );
}

function readScheduling(shell: number): string {
  const stat = readOf("/proc", shell, "stat") ?? "";
  const nice = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16] ?? "";
  const processors = /^Cpus_allowed_list:\s*(.*)$/m.exec(readOf("/proc", shell, "status") ?? "")?.[1] ?? "";
  return `niceness ${nice}, processors ${processors}`;
}

/** The names in the root directory, the Nix store, and /tmp and /dev/shm unless these are roots. */
function readNames({ outputs, roots }: SurroundingsQuery): Record<string, string[]> {
  const own = new Set(Object.values(outputs).map((path) => basename(path)));
  const directories = new Set([
    "/",
    "/tmp",
    "/dev/shm",
    ...Object.values(outputs).map((path) => dirname(path)),
  ]);
  for (const { path } of roots) directories.delete(path);
  const listed = [...directories].map((directory) => [directory, namesIn(directory)] as const);
  return Object.fromEntries(
    listed.map(([directory, names]) => [directory, names.filter((name) => !own.has(name))]),
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !isOwnTemporary(name));
  } catch {
    return [];
  }
}

/** The first two columns of /proc/sysvipc; empty if the kernel lacks it. */
function readQueues(kind: string): string[] {
  try {
    const lines = readFileSync(`/proc/sysvipc/${kind}`, "utf8").split("\n").slice(1);
    return lines
      .flatMap((line) => /^\s*(-?\d+)\s+(\d+)/.exec(line)?.slice(1).join(" ") ?? [])
      .map((id) => `${kind} ${id}`);
  } catch {
    return [];
  }
}
