import { readdirSync, readFileSync } from "node:fs";
import { systemCode } from "../../util/error.ts";

/** A process other than the shell and the hook. */
export interface Process {
  pid: number;
  /** Start time in clock ticks since boot. Identifies the process together with `pid`. */
  start: string;
  /** The kernel's name of it, at most 15 characters. */
  name: string;
}

interface ProcessEntry extends Process {
  parent: number;
  /** Whether it has ended and only its status is left. */
  ended: boolean;
}

/** Which processes to list. */
export interface ProcessQuery {
  /** Pid of the shell that runs the phases. */
  shell: number;
  /** Whether only processes of the build are visible. */
  isSandboxed: boolean;
  buildTop: string;
  /** Where proc(5) is mounted. */
  proc?: string;
}

/**
 * Lists the processes of the build other than the shell, its ancestors, and the hook's own processes: those below the shell
 * that are ancestors of this process, and their descendants. If other processes are visible, only those count that have the
 * build directory in their environment.
 */
export function otherProcesses({ shell, isSandboxed, buildTop, proc = "/proc" }: ProcessQuery): Process[] {
  const all = new Map(
    readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readProcess(proc, Number(name)))
      .flatMap((one) => (one === null ? [] : [[one.pid, one] as const])),
  );
  const own = ancestry(all, process.pid);
  const aboveShell = new Set(ancestry(all, shell));
  const hook = new Set(own.filter((pid) => !aboveShell.has(pid)));
  const isHookProcess = ({ pid }: Process) => ancestry(all, pid).some((one) => hook.has(one));
  return [...all.values()]
    .filter(({ pid, ended }) => !ended && !aboveShell.has(pid))
    .filter((one) => !isHookProcess(one))
    .filter(({ pid }) => isSandboxed || isOfBuild(proc, pid, buildTop))
    .map(({ pid, start, name }) => ({ pid, start, name }));
}

/** A process and its ancestors. */
function ancestry(all: ReadonlyMap<number, ProcessEntry>, pid: number): number[] {
  const pids: number[] = [];
  for (let one = all.get(pid); one !== undefined && !pids.includes(one.pid); one = all.get(one.parent))
    pids.push(one.pid);
  return pids;
}

/** Parses /proc/pid/stat, see proc(5). The name may contain any character, so fields count from the last parenthesis. */
function readProcess(proc: string, pid: number): ProcessEntry | null {
  const text = readOf(proc, pid, "stat");
  if (text === null) return null;
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  return {
    pid,
    name: text.slice(text.indexOf("(") + 1, end),
    parent: Number(fields[1]),
    start: fields[19]!,
    ended: fields[0] === "Z" || fields[0] === "X",
  };
}

/** Whether a process with this pid is running. */
export function isRunning(pid: number, proc = "/proc"): boolean {
  return readProcess(proc, pid)?.ended === false;
}

function isOfBuild(proc: string, pid: number, buildTop: string): boolean {
  const environment = readOf(proc, pid, "environ")?.split("\0") ?? [];
  return environment.includes(`NIX_BUILD_TOP=${buildTop}`);
}

/** Reads a file in /proc/pid; null if the process has ended or belongs to another user. */
export function readOf(proc: string, pid: number, file: string): string | null {
  try {
    return readFileSync(`${proc}/${pid}/${file}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

/**
 * Programs that others start on demand, and that need no state of an earlier instance. They are recognised by the kernel's
 * name, or by the command line if the program is an interpreter.
 */
const helpers = {
  names: /^(?:gpg-agent|scdaemon|dirmngr|keyboxd|sccache|VBCSCompiler|watchman)$/,
  commands:
    /org\.gradle\.launcher\.daemon|KotlinCompileDaemon|VBCSCompiler|MSBuild\.dll.*\/nodemode|A-server\.jar/,
};

/** Whether later phases can do without this process. */
export function isHelper({ pid, name }: Process, proc = "/proc"): boolean {
  if (helpers.names.test(name)) return true;
  return helpers.commands.test(readOf(proc, pid, "cmdline")?.replaceAll("\0", " ") ?? "");
}
