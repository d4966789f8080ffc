import { lstatSync } from "node:fs";
import { join } from "node:path";
import { append } from "./fs/files.ts";
import { isId, type Store } from "./layout.ts";
import { namesIn } from "./records/list.ts";

/** The use of a snapshot. */
export interface Uses {
  /** Number of restores. */
  hits: number;
  /** Time of the last restore, in milliseconds since the epoch. */
  lastUsed: number;
}

/**
 * Records that a build has restored a snapshot: appends a byte to the file of its id. Appending also works for files of
 * other users of the group, whose times this user may not set. Ignores system errors, which must not fail the build.
 */
export function recordHit(store: Store, id: string): void {
  append(join(store.base, "stats", "hits", id), "+", { create: true });
}

/** Reads the uses of all snapshots that have been restored, by id. */
export function readHits(store: Store): Map<string, Uses> {
  const folder = join(store.base, "stats", "hits");
  const uses = new Map<string, Uses>();
  for (const id of namesIn(folder)) {
    const stat = isId(id) ? lstatSync(join(folder, id), { throwIfNoEntry: false }) : undefined;
    if (stat?.isFile()) uses.set(id, { hits: stat.size, lastUsed: stat.mtimeMs });
  }
  return uses;
}
