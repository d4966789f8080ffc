/** How the mtimes of a restored tree differ from those in its layers. All values are nanoseconds since the epoch. */
export interface TimeShift {
  /** Times from this one on become earlier… */
  from: bigint;
  /** …by this many nanoseconds (whole seconds). */
  by: bigint;
  /** Times from this one on stay unchanged: they were set deliberately. */
  until: bigint;
}

const second = 1_000_000_000n;

/** No clock is this far ahead: such times were set with `touch`, for example to keep a file newer than all others. */
const tenYears = 10n * 365n * 24n * 3600n * second;

/**
 * Finds the shift after which no mtime is in the future. Files from a machine whose clock was ahead have such times, and
 * configure scripts and make reject them. The shift keeps the order of all times: times that are so much earlier that the
 * shifted ones can't fall below them (those of the sources, set by their archive) stay unchanged.
 * @param entries mtimes in nanoseconds since the epoch, in decimal
 * @param now milliseconds since the epoch
 * @returns null when nothing needs a shift
 */
export function findTimeShift(entries: readonly { mtime: string }[], now: number): TimeShift | null {
  // A quick check, exact enough: nearly always no time is in the future.
  const limit = now * 1e6 + 1e9;
  if (!entries.some(({ mtime }) => Number(mtime) > limit)) return null;
  const present = BigInt(now) * 1_000_000n;
  const until = present + tenYears;
  const times = [...new Set(entries.map(({ mtime }) => mtime))].map(BigInt).filter((time) => time < until);
  times.sort((a, b) => (a < b ? 1 : -1));
  const [latest] = times;
  if (latest === undefined || latest <= present) return null;
  const by = ((latest - present) / second + 2n) * second;
  const gap = times.findIndex((time, i) => i + 1 < times.length && time - times[i + 1]! > by);
  return { from: times[gap < 0 ? times.length - 1 : gap]!, by, until };
}

/** Returns the mtime of a restored file, given the one in its layer. */
export function shiftTime({ from, by, until }: TimeShift, time: bigint): bigint {
  return time >= from && time < until ? time - by : time;
}
