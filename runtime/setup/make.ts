import { chmodSync, chownSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { nameOf } from "../nix/groups.ts";
import type { Installation } from "../nix/installation.ts";
import { usualStore } from "../store/layout.ts";
import { openStore, requireFit } from "../store/open.ts";
import { PhaseCacheError, systemCode } from "../util/error.ts";
import { type Access, accessFor, accessOf, closedParents, suffices } from "./access.ts";

/** What `makeStore` did. */
export interface Made {
  directory: string;
  /** `changed`: the directory existed with another owner, group or mode. */
  outcome: "made" | "changed" | "unchanged";
  access: Access;
}

/**
 * Creates the directory of a store, or sets the owner, group and mode of an existing one as builds need them, and creates
 * the store's folders in it. Existing contents stay unchanged.
 * @throws PhaseCacheError `refused`, `store-unusable`, `newer-format` or `not-found`; nothing has changed then
 */
export function makeStore(path: string, installation: Installation): Made {
  const directory = resolve(path);
  const access = accessFor(installation);
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found !== undefined) requireStore(directory, found.isDirectory());
  const before = found === undefined ? null : accessOf(found);
  const unchanged = before !== null && suffices(before, access);
  if (!unchanged) requireRights(directory, access);
  if (access.group !== null) requirePassable(directory);
  try {
    if (before === null) mkdirSync(directory, { recursive: true });
    if (!unchanged) setAccess(directory, access);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new PhaseCacheError("refused", `cannot create ${directory}: ${(error as Error).message}`, {
      hint: "choose another directory: phasecache init DIR",
      cause: error,
    });
  }
  if ([0, access.owner].includes(process.getuid?.() ?? 0)) openStore(directory, { write: true });
  return { directory, access, outcome: before === null ? "made" : unchanged ? "unchanged" : "changed" };
}

/** Returns the command with which a user creates a store there. */
export function initCommand(directory: string): string {
  return directory === usualStore ? "sudo phasecache init" : `sudo phasecache init ${directory}`;
}

/** Requires a store, or a directory that can become one. */
function requireStore(directory: string, isDirectory: boolean): void {
  const hint = "choose another directory: phasecache init DIR";
  if (!isDirectory)
    throw new PhaseCacheError("refused", `${directory} exists and is not a directory`, { hint });
  requireFit(directory);
}

function requireRights(directory: string, { owner }: Access): void {
  const user = process.getuid?.();
  if (user === 0 || user === owner) return;
  throw new PhaseCacheError(
    "refused",
    `${directory} must belong to ${nameOf("passwd", owner)}, and only root can change that`,
    {
      hint: initCommand(directory),
    },
  );
}

/** Build users reach the directory by its path. */
function requirePassable(directory: string): void {
  const closed = closedParents(directory);
  if (closed.length === 0) return;
  throw new PhaseCacheError(
    "refused",
    `builds cannot reach ${directory}: ${closed.join(", ")} is closed to other users`,
    {
      hint: `chmod o+x ${closed.join(" ")}, or choose another directory: phasecache init DIR`,
    },
  );
}

function setAccess(directory: string, { owner, group, mode }: Access): void {
  if (process.getuid?.() === 0) chownSync(directory, owner, group ?? statSync(directory).gid);
  // After chown, which clears the setgid bit.
  chmodSync(directory, mode);
}
