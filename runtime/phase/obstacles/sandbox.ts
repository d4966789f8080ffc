import { readFileSync } from "node:fs";
import type { Root } from "../../tree/entry.ts";

/** Whether the build runs in Nix's sandbox, which has a pid namespace whose first process is the builder. */
export function isSandboxed({ pid }: { pid: number }): boolean {
  return pid === 1;
}

/**
 * Returns /tmp and /dev/shm as roots if they are the sandbox's own, so that they contain only what the build puts there. Nix
 * makes /tmp a plain directory of the sandbox's root, and mounts an empty tmpfs with source "none" on /dev/shm. A directory
 * that contains the build directory or the store is left out: snapshots must not contain these.
 * @param mounts the mounts of this process: see /proc/pid/mountinfo in proc(5)
 */
export function temporaryRoots(
  { pid, buildTop, store }: { pid: number; buildTop: string; store: string },
  mounts: string = readFileSync("/proc/self/mountinfo", "utf8"),
): Root[] {
  if (!isSandboxed({ pid })) return [];
  const all = mounts
    .split("\n")
    .map((line) => ({ mountPoint: line.split(" ")[4] ?? "", isNixTmpfs: / - tmpfs none /.test(line) }));
  const isIn = (child: string, path: string) => child === path || child.startsWith(`${path}/`);
  const within = (path: string) => all.filter(({ mountPoint }) => isIn(mountPoint, path));
  const roots: Root[] = [];
  if (within("/tmp").length === 0) roots.push({ name: "tmp", path: "/tmp" });
  const shm = within("/dev/shm");
  if (shm.length === 1 && shm[0]!.mountPoint === "/dev/shm" && shm[0]!.isNixTmpfs)
    roots.push({ name: "shm", path: "/dev/shm" });
  return roots.filter(({ path }) => !isIn(buildTop, path) && !isIn(store, path));
}
