import { shiftLog } from "../ninja/log.ts";
import { detailsOf, diskPath, type Root, typeOf, withField } from "../tree/entry.ts";
import type { Scan } from "../tree/find.ts";
import { systemCode } from "../util/error.ts";
import { formatDuration } from "../util/time.ts";
import type { TimeShift } from "../util/time-shift.ts";

/** The warning about shifted times. */
export function describeShift({ by }: TimeShift): string {
  return `the snapshot has file times up to ${formatDuration(Number(by / 1_000_000n))} in the future; shifting recent times back by as much`;
}

/**
 * Updates ninja's logs to the shifted times.
 * @returns whether any log was written, and the failures as sentences
 */
export function shiftNinjaLogs(
  scan: Scan,
  root: Root,
  shift: TimeShift,
): { written: boolean; problems: string[] } {
  let written = false;
  const problems: string[] = [];
  for (const [path, entry] of scan.tree) {
    if (!path.startsWith("build/") || !path.endsWith("/.ninja_log") || typeOf(entry) !== "f") continue;
    const file = diskPath([root], path).toString();
    try {
      if (shiftLog(file, shift)) written = true;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      problems.push(`${file}: ${(error as Error).message}; ninja may skip targets that are out of date`);
    }
  }
  return { written, problems };
}

/**
 * Marks shifted files as changed, so that the next snapshot records their new times. Otherwise a restore would again find
 * the times of an older layer, between the new ones or in the future.
 */
export function markShifted(scan: Scan, { from, by }: TimeShift): void {
  const earliest = from - by;
  const isShifted = (mtime: string) =>
    BigInt(mtime.slice(0, mtime.indexOf("."))) >= earliest / 1_000_000_000n;
  const shifted = [...scan.tree].filter(([, entry]) => isShifted(detailsOf(entry).mtime));
  scan.update(shifted.map(([path, entry]) => [path, withField(entry, 2, "0.0")]));
}
