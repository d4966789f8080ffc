import { spawnSync } from "node:child_process";

/** Whether a process can be traced here. */
export const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/** What changes something on disk, or is about to. */
const changing = [
  ...["write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "copy_file_range", "fallocate"],
  ...["truncate", "ftruncate", "fsync", "fdatasync", "sync_file_range", "syncfs", "msync"],
  ...[
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
  ],
  ...["link", "linkat", "symlink", "symlinkat", "open", "openat", "openat2", "creat"],
  ...["chmod", "fchmod", "fchmodat", "chown", "lchown", "fchown", "fchownat"],
  ...["utime", "utimes", "utimensat", "futimesat"],
];

/** What `EMFILE` can be the answer to besides opening files. */
const opening = ["pipe", "pipe2", "socket", "socketpair", "dup", "eventfd2"];

export const faults = ["SIGKILL", "ENOSPC", "EIO", "EDQUOT", "EMFILE", "EACCES"] as const;
export type Fault = (typeof faults)[number];

/**
 * The faults that a recorded run is struck with, one suite a line. At every point there is a crash, a full disk, and one
 * of the others in turn; in the nightly mode (`PHASECACHE_NIGHTLY=1`) each of the others as well.
 */
export const rounds: readonly (readonly Fault[])[] = process.env.PHASECACHE_NIGHTLY
  ? faults.map((fault) => [fault])
  : [["SIGKILL"], ["ENOSPC"], ["EMFILE", "EIO", "EACCES", "EDQUOT"]];

/** What strikes in a round: its faults in turn, as far as each can strike at a point. */
export function strokesIn(log: string, round: readonly Fault[]): { fault: Fault; point: Point }[] {
  const can = round.map((fault) => pointsIn(log, fault));
  const everywhere = can.reduce((longest, points) => (points.length > longest.length ? points : longest));
  return everywhere.map((point, i) => {
    const isIt = (other: Point) => other.name === point.name && other.nth === point.nth;
    const able = round.filter((_, j) => can[j]!.some(isIt));
    return { point, fault: able[i % able.length]! };
  });
}

/** A place for a fault: the `nth` call of a system call by this name. */
export interface Point {
  name: string;
  nth: number;
  /** How many calls before it are not Node's own affair. */
  before: number;
}

/** strace's arguments, up to the program's own: record these calls, in the main thread alone. */
export function recording(log: string): string[] {
  return ["-q", "-y", "-s", "8", "-o", log, "-e", `trace=${[...changing, ...opening].join(",")}`];
}

/** The same with a fault at a point. */
export function injecting(log: string, fault: Fault, { name, nth }: Point): string[] {
  const what = fault === "SIGKILL" ? "signal=SIGKILL" : `error=${fault}`;
  // `mkdir` tells which temporary directories there are to remove.
  return ["-q", "-y", "-o", log, "-e", `trace=${name},mkdir`, "-e", `inject=${name}:${what}:when=${nth}`];
}

/**
 * Whether the fault in a run's log has happened where it was to happen. Node writes into pipes of its own as signals come
 * in, so that a write may not be the one that was recorded.
 */
export function hasStruck(log: string, fault: Fault): boolean {
  const lines = log.split("\n");
  const killed = lines.findIndex((line) => line.includes("killed by SIGKILL"));
  const struck = fault === "SIGKILL" ? lines[killed - 1] : lines.find((line) => line.includes("(INJECTED)"));
  return struck !== undefined && !isInternal(struck);
}

/** Where to strike after a miss: as much later as there were fewer calls before it that count. */
export function aimAgain(log: string, point: Point): Point {
  const calls = log.split("\n").filter((line) => line.startsWith(`${point.name}(`));
  const before = calls.slice(0, point.nth - 1).filter((line) => !isInternal(line)).length;
  return { ...point, nth: Math.max(1, point.nth + (point.before - before || 1)) };
}

/** Whether a call writes into a pipe or the like. */
function isInternal(line: string): boolean {
  return /^p?writev?(?:64|2)?\(\d+<(?!\/)/.test(line);
}

/**
 * The points of a recorded run at which `fault` can strike: every call that changes something, and for want of
 * descriptors every one that opens something.
 */
function pointsIn(log: string, fault: Fault): Point[] {
  const counts = new Map<string, { nth: number; before: number }>();
  const points: Point[] = [];
  for (const line of log.split("\n")) {
    const [, name] = /^(\w+)\(/.exec(line) ?? [];
    if (name === undefined) continue;
    const { nth, before } = counts.get(name) ?? { nth: 1, before: 0 };
    counts.set(name, { nth: nth + 1, before: isInternal(line) ? before : before + 1 });
    if (strikes(fault, name, line)) points.push({ name, nth, before });
  }
  return points;
}

function strikes(fault: Fault, name: string, line: string): boolean {
  if (opening.includes(name)) return fault === "EMFILE";
  if (isInternal(line)) return false;
  if (!name.startsWith("open")) return true;
  if (/O_WRONLY|O_RDWR|O_CREAT/.test(line)) return true;
  // A directory or file that is read, once the program itself has been loaded.
  return (fault === "EMFILE" || fault === "EACCES" || fault === "EIO") && line.includes("/tmp/phasecache-");
}
