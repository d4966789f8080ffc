import { isUtf8 } from "node:buffer";
import { lstatSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../../util/error.ts";
import { randomName } from "../../util/files.ts";
import { day } from "../../util/units.ts";
import { removeIn, withDirectory, withDirectoryOfRoot } from "../fs/directory.ts";
import { formatVersion, type Store } from "../layout.ts";
import type { Problem } from "../problem.ts";
import { namesIn } from "../records/list.ts";

/** A number of files and their total size. */
export interface Count {
  count: number;
  bytes: number;
}

/** The result of a sweep or of its dry run. */
export interface SweepResult {
  temporaries: Count;
  quarantined: Count;
  formats: Count;
  events: Count;
  problems: Problem[];
}

/**
 * Removes leftovers of crashes under `tmp`, old files in quarantine, old event counts, and folders of older formats.
 * Keeps files under `tmp` that have changed within a day: they may belong to a save in progress.
 */
export function sweep(store: Store, now: number, dryRun: boolean): SweepResult {
  const problems: Problem[] = [];
  const old = (parts: string[], days: number) => {
    const stale = (path: string) => lastChange(path) < now - days * day;
    const act = (folder: string) => {
      if (!dryRun) renameNonUtf8(folder);
      return removeAll(folder, namesIn(folder), parts, { stale, dryRun, problems });
    };
    return withDirectory(store, parts, act) ?? { count: 0, bytes: 0 };
  };
  const older = (name: string) => /^v\d+$/.test(name) && Number(name.slice(1)) < formatVersion;
  const formats = withDirectoryOfRoot(store, [], (root) => {
    return removeAll(root, namesIn(root).filter(older), [".."], { stale: () => true, dryRun, problems });
  });
  return {
    temporaries: old(["tmp"], 1),
    quarantined: old(["quarantine"], 7),
    events: old(["stats", "events"], 366),
    formats: formats ?? { count: 0, bytes: 0 },
    problems,
  };
}

/**
 * Renames files whose names are not UTF-8, so that they can be removed. This updates their ctimes and delays removal.
 */
function renameNonUtf8(folder: string): void {
  for (const name of readdirSync(folder, { encoding: "buffer" })) {
    if (isUtf8(name)) continue;
    try {
      renameSync(Buffer.concat([Buffer.from(`${folder}/`), name]), join(folder, randomName("renamed")));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }
}

interface RemoveOptions {
  stale: (path: string) => boolean;
  dryRun: boolean;
  problems: Problem[];
}

function removeAll(
  folder: string,
  names: string[],
  parts: string[],
  { stale, dryRun, problems }: RemoveOptions,
): Count {
  const total = { count: 0, bytes: 0 };
  for (const name of names) {
    try {
      const path = join(folder, name);
      if (!stale(path)) continue;
      const bytes = bytesIn(path);
      if (!dryRun) removeIn(folder, name);
      total.count++;
      total.bytes += bytes;
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      if (code !== "ENOENT") {
        problems.push({ code: "inaccessible", path: join(...parts, name), message: String(error) });
      }
    }
  }
  return total;
}

/** Returns the latest ctime of a file and its children: only the kernel sets it, and a rename updates it. */
function lastChange(path: string): number {
  return Math.max(
    ...[path, ...childrenOf(path)].map((one) => lstatSync(one, { throwIfNoEntry: false })?.ctimeMs ?? 0),
  );
}

/** Returns the size of a file, or of the files directly in a directory. */
function bytesIn(path: string): number {
  const files = [path, ...childrenOf(path)].map((one) => lstatSync(one, { throwIfNoEntry: false }));
  return files.reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0);
}

function childrenOf(path: string): string[] {
  if (!lstatSync(path).isDirectory()) return [];
  return namesIn(path).map((name) => join(path, name));
}
