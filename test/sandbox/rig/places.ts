import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Places, writeConfiguration } from "./nix.ts";
import { type BuildUsers, isAlive } from "./users.ts";

const prefix = "phasecache-rig-";

/** Removes a tree, including the directories that Nix made read-only. */
export function removeTree(path: string): void {
  makeWritable(path);
  rmSync(path, { recursive: true, force: true });
}

function makeWritable(path: string): void {
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(path, entry.name));
  }
}

/** Removes the folders of rigs whose process was killed. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeTree(join(tmpdir(), name));
  }
}

/** Checks that build users can traverse all parent directories of the store. */
function checkParents(path: string): void {
  for (let parent = path; parent !== dirname(parent); parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) {
      throw new Error(`other users can't traverse ${parent} (chmod o+x ${parent}, or set TMPDIR)`);
    }
  }
}

/** Creates the folder of a rig, with a Nix store, phasecache's store and configuration. */
export function createPlaces(
  users: BuildUsers | undefined,
  settings: Readonly<Record<string, string>> = {},
): Places {
  removeAbandoned();
  const root = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  chmodSync(root, 0o755);
  checkParents(root);
  const cache = join(root, "cache");
  mkdirSync(cache);
  if (users !== undefined) chownSync(cache, 0, users.groupId);
  // This comes after chown, which clears the setgid bit.
  chmodSync(cache, 0o2770);
  const nixRoot = join(root, "nix-root");
  const places = { root, nixRoot, cache, node: process.execPath, buildGroup: users?.group };
  writeConfiguration(places, settings);
  return places;
}
