import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { idOf, nameOf } from "../nix/groups.ts";
import type { Installation } from "../nix/installation.ts";
import { PhaseCacheError } from "../util/error.ts";

/** Who must be able to use the store's directory, and how. */
export interface Access {
  /** Its owner's number. */
  owner: number;
  /** Its group's number; null: any. */
  group: number | null;
  mode: number;
}

/**
 * What the store's directory must be like. Build users share it by their primary group alone: whoever makes something
 * there makes it for the group (setgid), and others have no business in it.
 * @throws PhaseCacheError `not-found` when the group that Nix is set up with does not exist
 */
export function accessFor(installation: Installation): Access {
  if (installation.kind === "single-user") return { owner: installation.owner, group: null, mode: 0o770 };
  const group = idOf("group", installation.group);
  if (group !== null) return { owner: 0, group, mode: 0o2770 };
  throw new PhaseCacheError(
    "not-found",
    `there is no group ${installation.group}, which Nix's builds are to run in`,
    {
      hint: "see build-users-group in nix.conf, and set Nix up again",
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

/** Whether who must use the directory can: with its group, where one shares it, else as its owner. */
export function suffices(have: Access, want: Access): boolean {
  if (want.group === null) return have.owner === want.owner && (have.mode & 0o700) === 0o700;
  return have.group === want.group && (have.mode & 0o2070) === 0o2070;
}

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** The directories above `path` that build users can't pass, outermost first; those that don't exist are left out. */
export function closedParents(path: string): string[] {
  const closed: string[] = [];
  for (let parent = existingParent(path); ; parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) closed.unshift(parent);
    if (parent === dirname(parent)) return closed;
  }
}

/** The nearest directory above `path` that exists, without symlinks. */
function existingParent(path: string): string {
  let parent = dirname(resolve(path));
  while (lstatSync(parent, { throwIfNoEntry: false }) === undefined) parent = dirname(parent);
  return realpathSync(parent);
}
