import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Root } from "../../runtime/tree/entry.ts";

export const find = "/usr/bin/find";
export const tar = "/usr/bin/tar";

/** A user to whom file modes apply. */
const nobody = 65534;

/** Creates a temporary directory with a build directory and a directory for outputs. */
export function makeRig() {
  const directory = mkdtempSync(join(tmpdir(), "phasecache-tree-"));
  const build = join(directory, "build");
  const out = join(directory, "outputs", "x-1.0");
  mkdirSync(build);
  mkdirSync(join(directory, "outputs"));
  if (process.getuid?.() === 0)
    for (const name of ["", "build", "outputs"]) chownSync(join(directory, name), nobody, nobody);
  const roots: Root[] = [
    { name: "build", path: build },
    { name: "outputs/out", path: out },
  ];
  const remove = () => {
    execFileSync("chmod", ["-R", "u+rwX", directory]);
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, build, out, roots, remove };
}

/**
 * Runs bash in a directory. Without --norc it may read a startup file, because its input is a socket. With -p it keeps the
 * user that `unprivileged` sets.
 */
export function bash(directory: string, script: string): string {
  return execFileSync("bash", ["--norc", "-peuc", script], { cwd: directory, encoding: "utf8" });
}

/** Runs `action` without root's privileges, which override file modes. */
export async function unprivileged<T>(action: () => T | Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return action();
  process.setegid!(nobody);
  process.seteuid!(nobody);
  try {
    return await action();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}
