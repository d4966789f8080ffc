import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isAtLeast } from "../../../runtime/nix/version.ts";
import { type Places, searchPath, writeConfiguration } from "./nix.ts";
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

/** Where rigs are if users' temporary folder is not suitable. */
const systemFolder = "/var/lib";

/**
 * The folder for rigs. For builds of build users, Nix 2.30 and newer refuse a store below a folder that everybody can write
 * to, because it contains the build directories.
 */
function parentFolder(users: BuildUsers | undefined): string {
  if (users === undefined) return tmpdir();
  const env = { ...process.env, PATH: searchPath() };
  const printed = execFileSync("nix-store", ["--version"], { env, encoding: "utf8" });
  return isAtLeast(printed.trim().split(" ").at(-1)!, "2.30") ? systemFolder : tmpdir();
}

/** Removes the folders of rigs whose process was killed. */
function removeAbandoned(): void {
  for (const parent of [tmpdir(), systemFolder]) {
    for (const name of readdirSync(parent)) {
      const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) removeTree(join(parent, name));
    }
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
  const root = mkdtempSync(join(parentFolder(users), `${prefix}${process.pid}-`));
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
