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

/** How many things, and how many bytes in all. */
export interface Count {
  count: number;
  bytes: number;
}

/** What a sweep removed, or would have. */
export interface Swept {
  temporaries: Count;
  quarantined: Count;
  formats: Count;
  events: Count;
  problems: Problem[];
}

/**
 * Removes what crashes left under `tmp`, old things in quarantine, old counts, and folders of older formats. A file
 * under `tmp` that has changed within a day may belong to a save at work.
 */
export function sweep(store: Store, now: number, dryRun: boolean): Swept {
  const problems: Problem[] = [];
  const old = (parts: string[], days: number) => {
    const stale = (path: string) => lastChange(path) < now - days * day;
    const act = (folder: string) => {
      if (!dryRun) renameOdd(folder);
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

/** Gives what has a name that is not UTF-8 a name that can be worked with; that makes it young once more. */
function renameOdd(folder: string): void {
  for (const name of readdirSync(folder, { encoding: "buffer" })) {
    if (isUtf8(name)) continue;
    try {
      renameSync(Buffer.concat([Buffer.from(`${folder}/`), name]), join(folder, randomName("odd")));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }
}

interface How {
  stale: (path: string) => boolean;
  dryRun: boolean;
  problems: Problem[];
}

function removeAll(
  folder: string,
  names: string[],
  parts: string[],
  { stale, dryRun, problems }: How,
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

/** Only the kernel sets a file's ctime: it can't be made to look old, and moving a file makes it young. */
function lastChange(path: string): number {
  return Math.max(
    ...[path, ...childrenOf(path)].map((one) => lstatSync(one, { throwIfNoEntry: false })?.ctimeMs ?? 0),
  );
}

/** Bytes of a file, or of a directory's files; not those of directories in it. */
function bytesIn(path: string): number {
  const files = [path, ...childrenOf(path)].map((one) => lstatSync(one, { throwIfNoEntry: false }));
  return files.reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0);
}

function childrenOf(path: string): string[] {
  if (!lstatSync(path).isDirectory()) return [];
  return namesIn(path).map((name) => join(path, name));
}
