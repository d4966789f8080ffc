import { readdirSync, readFileSync } from "node:fs";
import { systemCode } from "../../util/error.ts";

/** A process besides those of the shell and of the hook. */
export interface Process {
  pid: number;
  /** When it started, in clock ticks since the machine did: with `pid` its identity. */
  start: string;
  /** The kernel's name for it, of at most 15 characters. */
  name: string;
}

interface ProcessEntry extends Process {
  parent: number;
  /** It has ended, and only its status is left. */
  ended: boolean;
}

/** Where to look for processes, and whose. */
export interface ProcessQuery {
  /** The shell that runs the phases. */
  shell: number;
  /** Whether there are no processes here but those of the build. */
  isSandboxed: boolean;
  buildTop: string;
  /** The kernel's /proc. */
  proc?: string;
}

/**
 * The processes of the build that run besides the shell, what the shell itself runs in, and the hook's own: all that has
 * this process in common with the shell. Where other processes are to be seen, those count that have the build's directory
 * in their environment.
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
  const isOurs = ({ pid }: Process) => ancestry(all, pid).some((one) => hook.has(one));
  return [...all.values()]
    .filter(({ pid, ended }) => !ended && !aboveShell.has(pid))
    .filter((one) => !isOurs(one))
    .filter(({ pid }) => isSandboxed || isOfBuild(proc, pid, buildTop))
    .map(({ pid, start, name }) => ({ pid, start, name }));
}

/** A process and those above it. */
function ancestry(all: ReadonlyMap<number, ProcessEntry>, pid: number): number[] {
  const line: number[] = [];
  for (let one = all.get(pid); one !== undefined && !line.includes(one.pid); one = all.get(one.parent))
    line.push(one.pid);
  return line;
}

/** See proc(5), /proc/pid/stat: the name may hold any character, so fields count from the last parenthesis. */
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

/** Whether there is a process of this number that has not ended. */
export function isRunning(pid: number, proc = "/proc"): boolean {
  return readProcess(proc, pid)?.ended === false;
}

function isOfBuild(proc: string, pid: number, buildTop: string): boolean {
  const environment = readOf(proc, pid, "environ")?.split("\0") ?? [];
  return environment.includes(`NIX_BUILD_TOP=${buildTop}`);
}

/** The text of a file of a process; null when that has ended, or belongs to somebody else. */
export function readOf(proc: string, pid: number, file: string): string | null {
  try {
    return readFileSync(`${proc}/${pid}/${file}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

/**
 * Programs that others start when they need them, and that do without what an earlier one knew. By the kernel's name, or by
 * the command line where that is an interpreter's.
 */
const helpers = {
  names: /^(?:gpg-agent|scdaemon|dirmngr|keyboxd|sccache|VBCSCompiler|watchman)$/,
  commands:
    /org\.gradle\.launcher\.daemon|KotlinCompileDaemon|VBCSCompiler|MSBuild\.dll.*\/nodemode|A-server\.jar/,
};

/** Whether a later phase can't miss this process. */
export function isHelper({ pid, name }: Process, proc = "/proc"): boolean {
  if (helpers.names.test(name)) return true;
  return helpers.commands.test(readOf(proc, pid, "cmdline")?.replaceAll("\0", " ") ?? "");
}
