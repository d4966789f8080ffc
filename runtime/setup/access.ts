import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { idOf, nameOf } from "../nix/groups.ts";
import type { Installation } from "../nix/installation.ts";
import { PhaseCacheError } from "../util/error.ts";

/** Owner, group and mode of the store's directory. */
export interface Access {
  /** The owner's user ID. */
  owner: number;
  /** The group ID; null: any. */
  group: number | null;
  mode: number;
}

/**
 * Returns the access that the store's directory needs. Build users share it by their primary group alone: new files belong
 * to the group (setgid), and other users have no access.
 * @throws PhaseCacheError `not-found` if the group in Nix's settings does not exist
 */
export function accessFor(installation: Installation): Access {
  if (installation.kind === "single-user") return { owner: installation.owner, group: null, mode: 0o770 };
  const group = idOf("group", installation.group);
  if (group !== null) return { owner: 0, group, mode: 0o2770 };
  throw new PhaseCacheError(
    "not-found",
    `the group ${installation.group}, in which Nix runs builds, does not exist`,
    {
      hint: "check build-users-group in nix.conf, or reinstall Nix",
    },
  );
}

/** `root:nixbld, mode 2770` */
export function describeAccess({ owner, group, mode }: Access): string {
  const names =
    group === null ? nameOf("passwd", owner) : `${nameOf("passwd", owner)}:${nameOf("group", group)}`;
  return `${names}, mode ${octal(mode)}`;
}

export const accessOf = ({ uid, gid, mode }: Stats): Access => ({
  owner: uid,
  group: gid,
  mode: mode & 0o7777,
});

/** Whether the right users can use the directory: those of the shared group, or else the owner. */
export function suffices(have: Access, want: Access): boolean {
  if (want.group === null) return have.owner === want.owner && (have.mode & 0o700) === 0o700;
  return have.group === want.group && (have.mode & 0o2070) === 0o2070;
}

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** Returns the existing parent directories of `path` that build users cannot pass through, outermost first. */
export function closedParents(path: string): string[] {
  const closed: string[] = [];
  for (let parent = existingParent(path); ; parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) closed.unshift(parent);
    if (parent === dirname(parent)) return closed;
  }
}

/** Returns the nearest existing parent directory of `path`, with symlinks resolved. */
function existingParent(path: string): string {
  let parent = dirname(resolve(path));
  while (lstatSync(parent, { throwIfNoEntry: false }) === undefined) parent = dirname(parent);
  return realpathSync(parent);
}
