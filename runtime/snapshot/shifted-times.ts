import { shiftLog } from "../ninja/log.ts";
import { detailsOf, diskPath, type Root, typeOf, withField } from "../tree/entry.ts";
import type { Scan } from "../tree/find.ts";
import { systemCode } from "../util/error.ts";
import { formatDuration } from "../util/time.ts";
import type { TimeShift } from "../util/time-shift.ts";

/** What a user is told of times that were shifted. */
export function describeShift({ by }: TimeShift): string {
  return `the snapshot has file times up to ${formatDuration(Number(by / 1_000_000n))} in the future; shifting recent times back by as much`;
}

/**
 * Has ninja's logs name the shifted times.
 * @returns whether any was written, and what could not be, in sentences
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
 * Makes what was shifted count as changed, so that the next snapshot has its times: those of an older layer would lie in
 * between, or in the future, once more.
 */
export function markShifted(scan: Scan, { from, by }: TimeShift): void {
  const earliest = from - by;
  const isShifted = (mtime: string) =>
    BigInt(mtime.slice(0, mtime.indexOf("."))) >= earliest / 1_000_000_000n;
  const shifted = [...scan.tree].filter(([, entry]) => isShifted(detailsOf(entry).mtime));
  scan.update(shifted.map(([path, entry]) => [path, withField(entry, 2, "0.0")]));
}
