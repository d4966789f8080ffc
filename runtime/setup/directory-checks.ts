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

/** Less than this, and saves of an ordinary package fail. */
const leastSpace = 1024 ** 3;

/** The directory itself: there, usable, reachable, with room. */
export function checkDirectory(directory: string, installation: Installation): Finding[] {
  const parents = installation.kind === "single-user" ? [] : [checkParents(directory)];
  const stat = lookAt(directory);
  if (stat === null)
    return [
      fail("directory", `${directory} does not exist, or can't be looked at`, initCommand(directory)),
      ...parents,
    ];
  if (!stat.isDirectory())
    return [
      fail("directory", `${directory} is not a directory`, "name another one: phasecache init DIR"),
      ...parents,
    ];
  return [
    checkAccess(directory, accessOf(stat), installation),
    ...parents,
    checkSpace(directory),
    ...checkFileSystem(directory, stat.dev),
  ];
}

/** Null where there is nothing, or where a closed directory hides it. */
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
    return fail("directory", `${is}, and builds need ${describeAccess(want)}`, initCommand(directory));
  const unshared = foldersUnlike(directory, want);
  if (unshared.length > 0)
    return fail("directory", `builds can't use ${unshared.join(", ")}`, shareAgain(directory, want));
  if ((have.mode & 0o007) !== 0)
    return info(
      "directory",
      `${is}: everybody on this machine can look into it`,
      `sudo chmod o= ${directory}`,
    );
  return pass("directory", is);
}

/** What the directory must be like; a finding when even that can't be told. */
function wantedOf(installation: Installation): Access | Finding {
  try {
    return accessFor(installation);
  } catch (error) {
    if (!(error instanceof PhaseCacheError)) throw error;
    return fail("directory", error.message, error.hint!);
  }
}

/** Folders of the store that builds can't use: somebody made them in another way, or restored a backup. */
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
  if (closed.length === 0) return pass("parents", "the directories above it let builds pass");
  return fail("parents", `${closed.join(", ")} lets no others pass`, `chmod o+x ${closed.join(" ")}`);
}

function checkSpace(directory: string): Finding {
  const { bavail, bsize, files, ffree } = statfsSync(directory);
  const free = bavail * bsize;
  const remedy = "make room, or `phasecache gc --max-size 5G`";
  if (free < leastSpace) return fail("space", `only ${formatSize(free)} free`, remedy);
  // File systems without a table of inodes say 0 of 0.
  if (files > 0 && ffree < 1000) return fail("space", `only ${ffree} files more can be made`, remedy);
  return pass("space", `${formatSize(free)} free`);
}

function checkFileSystem(directory: string, device: number): Finding[] {
  const nix = lookAt("/nix/store");
  if (nix === null) return [];
  const which = nix.dev === device ? "the same file system" : "different file systems";
  return [info("file-system", `${directory} and /nix/store lie on ${which}`)];
}
