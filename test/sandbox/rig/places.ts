import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Places, writeConfiguration } from "./nix.ts";
import { type BuildUsers, isAlive } from "./users.ts";

const prefix = "phasecache-rig-";

/** Removes a tree although Nix made its directories read-only. */
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

/** Build users reach the store by its path, so everything above it must let them pass. */
function checkParents(path: string): void {
  for (let parent = path; parent !== dirname(parent); parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) {
      throw new Error(`${parent} lets no other users pass (chmod o+x ${parent}, or set TMPDIR)`);
    }
  }
}

/** Makes the folder of one rig: Nix store, phasecache's store, configuration. */
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
  // After chown, which clears the setgid bit.
  chmodSync(cache, 0o2770);
  const nixRoot = join(root, "nix-root");
  const places = { root, nixRoot, cache, node: process.execPath, buildGroup: users?.group };
  writeConfiguration(places, settings);
  return places;
}
