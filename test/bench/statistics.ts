/** One round: what phasecache took, and what it is compared with took right after it (null: nothing to compare). */
export type Pair = readonly [ours: number, theirs: number | null];

/** What pairs say. */
export interface Summary {
  /** Medians of either side. */
  ours: number;
  theirs: number | null;
  /** Of ours to theirs, pair by pair: what makes both slower at the same time does not change it. */
  ratio: Spread | null;
}

export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** What a row should reach: a ratio, a value, or both. */
export interface Target {
  readonly ratio?: number;
  readonly value?: number;
}

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const above = sorted[Math.floor(middle)];
  if (above === undefined) throw new RangeError("there is no median of nothing");
  return Number.isInteger(middle) ? (sorted[middle - 1]! + above) / 2 : above;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

export function summarize(pairs: readonly Pair[]): Summary {
  const theirs = pairs.map(([, their]) => their).filter((their) => their !== null);
  const ratios = pairs.flatMap(([our, their]) => (their === null ? [] : [our / their]));
  return {
    ours: median(pairs.map(([our]) => our)),
    theirs: theirs.length === 0 ? null : median(theirs),
    ratio: ratios.length === 0 ? null : spread(ratios),
  };
}

/** Whether the medians are within the target. */
export function isReached({ ours, ratio }: Summary, target: Target): boolean {
  if (target.value !== undefined && ours > target.value) return false;
  return target.ratio === undefined || (ratio !== null && ratio.median <= target.ratio);
}

/**
 * How cost grows with the work: the slope of the line that fits best through the points on logarithmic scales. 1 is
 * linear, less is better. Only points that cost at least twice the cheapest one count: below that it is the start-up.
 */
export function growthExponent(points: readonly (readonly [work: number, cost: number])[]): number | null {
  const least = Math.min(...points.map(([, cost]) => cost));
  const used = points.filter(([, cost]) => cost >= 2 * least);
  if (used.length < 2) return null;
  const logs = used.map(([work, cost]) => [Math.log(work), Math.log(cost)] as const);
  const [x, y] = [0, 1].map((i) => logs.reduce((sum, log) => sum + log[i]!, 0) / logs.length) as [
    number,
    number,
  ];
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
