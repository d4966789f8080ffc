import { spawnSync } from "node:child_process";
import type { Aim } from "./points.ts";

/** Whether processes can be traced on this machine. */
export const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/** System calls that modify something on disk, or open it to do so. */
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

/** Other system calls that can fail with `EMFILE`. */
export const opening = ["pipe", "pipe2", "socket", "socketpair", "dup", "eventfd2"];

export const faultKinds = ["SIGKILL", "ENOSPC", "EIO", "EDQUOT", "EMFILE", "EACCES"] as const;
export type FaultKind = (typeof faultKinds)[number];

/**
 * The kinds of faults that are injected into a recorded run; each round is a test. Every point gets a crash, a full disk,
 * and one of the other kinds in turn; in the nightly mode (`PHASECACHE_NIGHTLY=1`) every kind.
 */
export const rounds: readonly (readonly FaultKind[])[] = process.env.PHASECACHE_NIGHTLY
  ? faultKinds.map((kind) => [kind])
  : [["SIGKILL"], ["ENOSPC"], ["EMFILE", "EIO", "EACCES", "EDQUOT"]];

/** Arguments of strace, without the program: record these calls, in the main thread only. */
export function recording(log: string): string[] {
  return ["-q", "-y", "-s", "8", "-o", log, "-e", `trace=${[...changing, ...opening].join(",")}`];
}

/** The same, with a fault injected into the `nth` of all calls with a name. */
export function injecting(log: string, kind: FaultKind, { name, nth }: Aim): string[] {
  const what = kind === "SIGKILL" ? "signal=SIGKILL" : `error=${kind}`;
  // `mkdir` shows which temporary directories have to be removed.
  return ["-q", "-y", "-o", log, "-e", `trace=${name},mkdir`, "-e", `inject=${name}:${what}:when=${nth}`];
}
