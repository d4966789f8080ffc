import { lstatSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "../nix/groups.ts";
import type { Installation } from "../nix/installation.ts";
import { folders, formatVersion } from "../store/layout.ts";
import { formatSize } from "../util/bytes.ts";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { type Access, accessFor, accessOf, closedParents, describeAccess, suffices } from "./access.ts";
import { type Finding, fail, info, pass } from "./finding.ts";
import { initCommand } from "./make.ts";

/** With less free space, saving an ordinary package may fail. */
const leastSpace = 1024 ** 3;

/** Checks that the directory exists and is usable, reachable, and has free space. */
export function checkDirectory(directory: string, installation: Installation): Finding[] {
  const parents = installation.kind === "single-user" ? [] : [checkParents(directory)];
  const stat = lookAt(directory);
  if (stat === null)
    return [
      fail("directory", `${directory} does not exist or is not accessible`, initCommand(directory)),
      ...parents,
    ];
  if (!stat.isDirectory())
    return [
      fail("directory", `${directory} is not a directory`, "choose another directory: phasecache init DIR"),
      ...parents,
    ];
  return [
    checkAccess(directory, accessOf(stat), installation),
    ...parents,
    checkSpace(directory),
    ...checkFileSystem(directory, stat.dev),
  ];
}

/** Returns null if nothing is there, or if a parent directory is closed. */
function lookAt(path: string) {
  try {
    return lstatSync(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}

function checkAccess(directory: string, have: Access, installation: Installation): Finding {
  const want = wantedOf(installation);
  if ("status" in want) return want;
  const is = `${directory} is ${describeAccess(have)}`;
  if (!suffices(have, want))
    return fail("directory", `${is}, but builds need ${describeAccess(want)}`, initCommand(directory));
  const unshared = foldersUnlike(directory, want);
  if (unshared.length > 0)
    return fail("directory", `builds cannot use ${unshared.join(", ")}`, shareAgain(directory, want));
  if ((have.mode & 0o007) !== 0)
    return info("directory", `${is}: all users of this machine can access it`, `sudo chmod o= ${directory}`);
  return pass("directory", is);
}

/** Returns the access that the directory needs, or a finding if that is unknown. */
function wantedOf(installation: Installation): Access | Finding {
  try {
    return accessFor(installation);
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    return fail("directory", error.message, error.hint!);
  }
}

/** Returns the store's folders that builds cannot use, for example after restoring a backup. */
function foldersUnlike(directory: string, want: Access): string[] {
  const base = join(directory, `v${formatVersion}`);
  return [base, ...folders.map((folder) => join(base, folder))].filter((path) => {
    const stat = lookAt(path);
    return stat?.isDirectory() === true && !suffices({ ...accessOf(stat), owner: want.owner }, want);
  });
}

function shareAgain(directory: string, { group: number }: Access): string {
  const group = nameOf("group", number!);
  return `sudo chgrp -R ${group} ${directory}; sudo chmod -R g+rwX ${directory}; sudo find ${directory} -type d -exec chmod g+s {} +`;
}

function checkParents(directory: string): Finding {
  const closed = closedParents(directory);
  if (closed.length === 0) return pass("parents", "builds can pass through its parent directories");
  return fail("parents", `builds cannot pass through ${closed.join(", ")}`, `chmod o+x ${closed.join(" ")}`);
}

function checkSpace(directory: string): Finding {
  const { bavail, bsize, files, ffree } = statfsSync(directory);
  const free = bavail * bsize;
  const remedy = "free some space, or run `phasecache gc --max-size 5G`";
  if (free < leastSpace) return fail("space", `only ${formatSize(free)} free`, remedy);
  // File systems without an inode table report 0 of 0.
  if (files > 0 && ffree < 1000) return fail("space", `only ${ffree} more files can be created`, remedy);
  return pass("space", `${formatSize(free)} free`);
}

function checkFileSystem(directory: string, device: number): Finding[] {
  const nix = lookAt("/nix/store");
  if (nix === null) return [];
  const which = nix.dev === device ? "the same file system" : "different file systems";
  return [info("file-system", `${directory} and /nix/store are on ${which}`)];
}
