/** How times of a restored tree differ from those in its layers. Nanoseconds since the epoch. */
export interface TimeShift {
  /** Times from this one on are made earlier… */
  from: bigint;
  /** …by this many nanoseconds, whole seconds. */
  by: bigint;
  /** Times from this one on stay as they are: somebody has set them. */
  until: bigint;
}

const second = 1_000_000_000n;

/** No clock goes so much ahead: such times are set with `touch`, to keep a file newer than all others, say. */
const tenYears = 10n * 365n * 24n * 3600n * second;

/**
 * What it takes that no file lies in the future, because the clock of the machine on which it was made was ahead:
 * configure scripts and make reject such files. The order of all times stays: those that are earlier by so much that they can't be
 * overtaken (the sources', which their archive has set) stay as they are.
 * @param entries their mtimes in nanoseconds since the epoch, in decimal
 * @param now milliseconds since the epoch
 * @returns null when there is nothing to shift
 */
export function findTimeShift(entries: readonly { mtime: string }[], now: number): TimeShift | null {
  // Exact enough to tell that there is nothing to do, which is nearly always so.
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

/** The time that a restored file gets for one that its layer has. */
export function shiftTime({ from, by, until }: TimeShift, time: bigint): bigint {
  return time >= from && time < until ? time - by : time;
}
