import { spawnSync } from "node:child_process";
import type { Aim } from "./points.ts";

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
export const opening = ["pipe", "pipe2", "socket", "socketpair", "dup", "eventfd2"];

export const faultKinds = ["SIGKILL", "ENOSPC", "EIO", "EDQUOT", "EMFILE", "EACCES"] as const;
export type FaultKind = (typeof faultKinds)[number];

/**
 * The kinds of faults that are injected into a recorded run, one suite a line. At every point there is a crash, a full disk, and one
 * of the others in turn; in the nightly mode (`PHASECACHE_NIGHTLY=1`) each of the others as well.
 */
export const rounds: readonly (readonly FaultKind[])[] = process.env.PHASECACHE_NIGHTLY
  ? faultKinds.map((kind) => [kind])
  : [["SIGKILL"], ["ENOSPC"], ["EMFILE", "EIO", "EACCES", "EDQUOT"]];

/** strace's arguments, up to the program's own: record these calls, in the main thread alone. */
export function recording(log: string): string[] {
  return ["-q", "-y", "-s", "8", "-o", log, "-e", `trace=${[...changing, ...opening].join(",")}`];
}

/** The same with a fault at the `nth` of all calls by a name. */
export function injecting(log: string, kind: FaultKind, { name, nth }: Aim): string[] {
  const what = kind === "SIGKILL" ? "signal=SIGKILL" : `error=${kind}`;
  // `mkdir` tells which temporary directories there are to remove.
  return ["-q", "-y", "-o", log, "-e", `trace=${name},mkdir`, "-e", `inject=${name}:${what}:when=${nth}`];
}
