import { rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../../util/error.ts";
import { groupBy } from "../../util/group.ts";
import { withDirectory } from "../fs/directory.ts";
import { recordName, type SnapshotRef, type Store } from "../layout.ts";
import type { Problem } from "../problem.ts";

/**
 * Removes records, their hit files, and package folders that become empty, but not the blobs.
 * @returns the files that could not be removed
 */
export function removeRecords(store: Store, refs: readonly SnapshotRef[]): Problem[] {
  const problems: Problem[] = [];
  for (const [name, own] of groupBy(refs, (ref) => ref.package)) {
    problems.push(...unlinkIn(store, ["snapshots", name], own.map(recordName)));
    withDirectory(store, ["snapshots"], (folder) => removeIfEmpty(join(folder, name)));
  }
  return [
    ...problems,
    ...removeHits(
      store,
      refs.map(({ id }) => id),
    ),
  ];
}

/** Removes the hit files of these snapshots. */
export function removeHits(store: Store, ids: readonly string[]): Problem[] {
  return unlinkIn(store, ["stats", "hits"], ids);
}

function unlinkIn(store: Store, parts: string[], names: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  withDirectory(store, parts, (folder) => {
    for (const name of names) {
      try {
        unlinkSync(join(folder, name));
      } catch (error) {
        const code = systemCode(error);
        if (code === undefined) throw error;
        if (code === "ENOENT") continue;
        problems.push({ code: "inaccessible", path: join(...parts, name), message: String(error) });
      }
    }
  });
  return problems;
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
