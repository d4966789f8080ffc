import { readFileSync } from "node:fs";
import type { Root } from "../../tree/entry.ts";

/** Nix gives a build in a sandbox process numbers of its own, from the builder's on. */
export function isSandboxed({ pid }: { pid: number }): boolean {
  return pid === 1;
}

/**
 * Those of /tmp and /dev/shm that are the sandbox's own, so that nothing is in them but what the build puts there. Nix makes
 * /tmp a plain directory of the sandbox's root, and mounts an empty tmpfs, from "none", as /dev/shm. One that holds the
 * build directory or phasecache's store is none: no snapshot holds these.
 * @param mounts of this process, as in proc(5), /proc/pid/mountinfo
 */
export function temporaryRoots(
  { pid, buildTop, store }: { pid: number; buildTop: string; store: string },
  mounts: string = readFileSync("/proc/self/mountinfo", "utf8"),
): Root[] {
  if (!isSandboxed({ pid })) return [];
  const all = mounts
    .split("\n")
    .map((line) => ({ place: line.split(" ")[4] ?? "", from: / - tmpfs none /.test(line) ? "none" : "" }));
  const isBelow = (place: string, path: string) => place === path || place.startsWith(`${path}/`);
  const within = (path: string) => all.filter(({ place }) => isBelow(place, path));
  const roots: Root[] = [];
  if (within("/tmp").length === 0) roots.push({ name: "tmp", path: "/tmp" });
  const shm = within("/dev/shm");
  if (shm.length === 1 && shm[0]!.place === "/dev/shm" && shm[0]!.from === "none")
    roots.push({ name: "shm", path: "/dev/shm" });
  return roots.filter(({ path }) => !isBelow(buildTop, path) && !isBelow(store, path));
}
