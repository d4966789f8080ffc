import { accessSync, constants, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { folders, formatVersion, type Store, usualStore } from "./layout.ts";

/** The first line is the signature of the Cache Directory Tagging Specification (https://bford.info/cachedir/). */
const cacheTag = `Signature: 8a477f597d28d172789f06886806bc55
# This directory is a phasecache store. Backups may leave it out: everything in it can be built again.
`;

/**
 * Opens the store in `directory`. For writing, also creates missing folders, and permanently sets the process's umask
 * to 007: the group that shares the store must be able to write all files in it.
 * @throws PhaseCacheError `no-store`, `store-unusable` or `newer-format`, with a remedy as the hint
 */
export function openStore(directory: string, { write }: { write: boolean }): Store {
  const root = resolve(directory);
  const base = join(root, `v${formatVersion}`);
  const names = readRoot(root);
  if (!names.includes(`v${formatVersion}`)) requireUnused(root, names, write);
  if (write) makeFolders(root, base, names);
  else requireAccess(root, base, constants.R_OK | constants.X_OK, "read");
  return { root, base, tmp: join(base, "tmp"), write };
}

/**
 * Checks that an existing directory is a store or may become one. Changes nothing.
 * @throws PhaseCacheError `store-unusable` or `newer-format`
 */
export function requireFit(directory: string): void {
  const root = resolve(directory);
  const names = readRoot(root);
  if (!names.includes(`v${formatVersion}`)) requireUnused(root, names, true);
}

function readRoot(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    switch (systemCode(error)) {
      case "ENOENT":
        throw new PhaseCacheError("no-store", `there is no store: ${root} does not exist`, {
          hint: `create it with \`sudo phasecache init ${root}\`; builds can only see it if it is in sandbox-paths`,
          cause: error,
        });
      case "ENOTDIR":
        throw unusable(`the store ${root} is not a directory`, "choose a directory", error);
      case "EACCES":
        throw unusable(`the store ${root} can't be read`, owners(root), error);
      default:
        throw unusable(
          `the store ${root} can't be opened: ${String(error)}`,
          "see the installation instructions in phasecache's README",
          error,
        );
    }
  }
}

/** Throws unless a directory without a folder of this format may become a store. */
function requireUnused(root: string, names: string[], write: boolean): void {
  const newer = names.find((name) => /^v\d+$/.test(name) && Number(name.slice(1)) > formatVersion);
  if (newer !== undefined) {
    const message = `the store ${root} has format ${newer.slice(1)}; this phasecache supports format ${formatVersion}`;
    throw new PhaseCacheError("newer-format", message, {
      hint: "use a newer phasecache, or another directory",
    });
  }
  if (!write) {
    const hint = "check the directory; the first build with phaseCacheHook creates the store";
    throw new PhaseCacheError("no-store", `there is no store in ${root} yet`, { hint });
  }
  const foreign = names.find((name) => !/^(CACHEDIR\.TAG|lost\+found|v\d+|\..*)$/.test(name));
  if (foreign === undefined) return;
  throw unusable(
    `${root} is neither a store nor empty: it contains ${JSON.stringify(foreign)}`,
    "choose an empty directory",
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
    // Only backup programs need the tag, and build users may lack write access to the root itself.
    if (systemCode(error) === undefined) throw error;
  }
}

function requireAccess(root: string, path: string, mode: number, verb: string): void {
  // A symlink instead of a folder would redirect writes out of the store.
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
        `${path} can't be created: ${String(error)}`,
        "see the installation instructions in phasecache's README",
        error,
      );
  }
}

/** The mode bits of a directory that build users share: full access for the group, which new files inherit. */
const sharedMode = 0o2070;

/** Describes the store's owner and mode, the current user, and a remedy. */
function owners(root: string): string {
  try {
    const { gid, mode } = statSync(root);
    const octal = (mode & 0o7777).toString(8);
    const remedy =
      (mode & sharedMode) === sharedMode
        ? "run this as root; if a build reports this, run `sudo phasecache doctor`"
        : `\`sudo phasecache init${root === usualStore ? "" : ` ${root}`}\` sets the group and mode that builds need`;
    return `its group is ${gid} and its mode ${octal}; this is user ${process.getuid?.()} with group ${process.getgid?.()}: ${remedy}`;
  } catch {
    return "its parent directories must be searchable by everyone (mode o+x)";
  }
}

function unusable(message: string, hint: string, cause?: unknown): PhaseCacheError {
  return new PhaseCacheError("store-unusable", message, { hint, cause });
}
