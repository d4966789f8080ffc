import { accessSync, constants, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { folders, formatVersion, type Store, usualStore } from "./layout.ts";

/** The first line is the signature of the Cache Directory Tagging Specification (https://bford.info/cachedir/). */
const cacheTag = `Signature: 8a477f597d28d172789f06886806bc55
# This directory is a phasecache store. Backups may leave it out: everything in it can be built again.
`;

/**
 * Opens the store in `directory`; for writing, its folders are made when they are missing, and the process's umask
 * becomes 007 for good: the group that shares the store must be able to write what this process makes.
 * @throws PhaseCacheError `no-store`, `store-unusable` or `newer-format`, with a hint that says what to do
 */
export function openStore(directory: string, { write }: { write: boolean }): Store {
  const root = resolve(directory);
  const base = join(root, `v${formatVersion}`);
  const names = list(root);
  if (!names.includes(`v${formatVersion}`)) requireUnused(root, names, write);
  if (write) makeFolders(root, base, names);
  else requireAccess(root, base, constants.R_OK | constants.X_OK, "read");
  return { root, base, tmp: join(base, "tmp"), write };
}

/**
 * Says whether a directory that exists is a store or may become one; changes nothing.
 * @throws PhaseCacheError `store-unusable` or `newer-format`
 */
export function requireFit(directory: string): void {
  const root = resolve(directory);
  const names = list(root);
  if (!names.includes(`v${formatVersion}`)) requireUnused(root, names, true);
}

function list(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    switch (systemCode(error)) {
      case "ENOENT":
        throw new PhaseCacheError("no-store", `there is no store: ${root} does not exist`, {
          hint: `make it (sudo phasecache init ${root}); a build sees it when it is in sandbox-paths`,
          cause: error,
        });
      case "ENOTDIR":
        throw unusable(`the store ${root} is not a directory`, "name a directory", error);
      case "EACCES":
        throw unusable(`the store ${root} can't be read`, owners(root), error);
      default:
        throw unusable(
          `the store ${root} can't be opened: ${String(error)}`,
          "see the set-up in phasecache's README",
          error,
        );
    }
  }
}

/** Whether a directory without a folder of this format may become a store. */
function requireUnused(root: string, names: string[], write: boolean): void {
  const newer = names.find((name) => /^v\d+$/.test(name) && Number(name.slice(1)) > formatVersion);
  if (newer !== undefined) {
    const message = `the store ${root} has format ${newer.slice(1)}, and this phasecache knows format ${formatVersion}`;
    throw new PhaseCacheError("newer-format", message, {
      hint: "use a newer phasecache, or another directory",
    });
  }
  if (!write) {
    const hint = "the first build with phaseCacheHook fills it; is it the right directory?";
    throw new PhaseCacheError("no-store", `there is no store in ${root} yet`, { hint });
  }
  const foreign = names.find((name) => !/^(CACHEDIR\.TAG|lost\+found|v\d+|\..*)$/.test(name));
  if (foreign === undefined) return;
  throw unusable(
    `${root} is neither a store nor empty: it has ${JSON.stringify(foreign)}`,
    "name an empty directory",
  );
}

function makeFolders(root: string, base: string, names: string[]): void {
  process.umask(0o007);
  for (const path of [base, ...folders.map((folder) => join(base, folder))]) {
    try {
      mkdirSync(path, { mode: 0o770 });
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw notWritable(root, path, error);
    }
    requireAccess(root, path, constants.R_OK | constants.W_OK | constants.X_OK, "written to");
  }
  if (names.includes("CACHEDIR.TAG")) return;
  try {
    writeFileSync(join(root, "CACHEDIR.TAG"), cacheTag, { mode: 0o660, flag: "wx" });
  } catch (error) {
    // The tag is for backup programs alone, and a build user may only be allowed to write below the root.
    if (systemCode(error) === undefined) throw error;
  }
}

function requireAccess(root: string, path: string, mode: number, verb: string): void {
  // A symlink in the place of a folder would lead writes out of the store.
  if (!lstatSync(path).isDirectory()) {
    throw unusable(`${path} is not a directory`, "remove it");
  }
  try {
    accessSync(path, mode);
  } catch (error) {
    if (verb === "read") throw unusable(`${path} can't be read`, owners(root), error);
    throw notWritable(root, path, error);
  }
}

function notWritable(root: string, path: string, error: unknown): PhaseCacheError {
  switch (systemCode(error)) {
    case "EROFS":
      return unusable(`the store ${root} is on a read-only file system`, "mount it writable", error);
    case "EACCES":
    case "EPERM":
      return unusable(`${path} can't be written to`, owners(root), error);
    default:
      return unusable(
        `${path} can't be made: ${String(error)}`,
        "see the set-up in phasecache's README",
        error,
      );
  }
}

/** The mode bits by which build users share a directory: it is their group's, and so is what they make in it. */
const sharing = 0o2070;

/** Who may use the store, against who asks, and what mends it. */
function owners(root: string): string {
  try {
    const { gid, mode } = statSync(root);
    const octal = (mode & 0o7777).toString(8);
    const remedy =
      (mode & sharing) === sharing
        ? "run this as root; if a build says so, `sudo phasecache doctor` tells what to change"
        : `\`sudo phasecache init${root === usualStore ? "" : ` ${root}`}\` gives it the group and mode that builds need`;
    return `its group is ${gid} and its mode ${octal}; this is user ${process.getuid?.()} with group ${process.getgid?.()}: ${remedy}`;
  } catch {
    return "the directories above it must be passable for everybody (mode o+x)";
  }
}

function unusable(message: string, hint: string, cause?: unknown): PhaseCacheError {
  return new PhaseCacheError("store-unusable", message, { hint, cause });
}
