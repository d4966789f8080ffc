import { lstatSync } from "node:fs";
import { join } from "node:path";
import { append } from "./fs/files.ts";
import { isId, type Store } from "./layout.ts";
import { namesIn } from "./records/list.ts";

/** How often a snapshot was restored, and when last, in milliseconds since the epoch. */
export interface Uses {
  hits: number;
  lastUsed: number;
}

/**
 * Notes that a build has restored this snapshot: one byte more in the file of its id. Appending works for the files of
 * other users of the group, whose times this one may not set. A note that can't be made is lost: it must not cost the
 * build.
 */
export function recordHit(store: Store, id: string): void {
  append(join(store.base, "stats", "hits", id), "+", { create: true });
}

/** The uses of all snapshots that were ever restored, by id. */
export function readHits(store: Store): Map<string, Uses> {
  const folder = join(store.base, "stats", "hits");
  const uses = new Map<string, Uses>();
  for (const id of namesIn(folder)) {
    const stat = isId(id) ? lstatSync(join(folder, id), { throwIfNoEntry: false }) : undefined;
    if (stat?.isFile()) uses.set(id, { hits: stat.size, lastUsed: stat.mtimeMs });
  }
  return uses;
}
