/** The cost of phasecache, and that of the alternative right after it (null: no alternative). */
export type Pair = readonly [ours: number, theirs: number | null];

/** The summary of a measure's pairs. */
export interface Summary {
  /** The median of each side. */
  ours: number;
  theirs: number | null;
  /** The ratio of ours to theirs in each pair: load that slows both down does not change it. */
  ratio: Spread | null;
}

export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** The target of a row: a ratio, a value, or both. */
export interface Target {
  readonly ratio?: number;
  readonly value?: number;
}

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const above = sorted[Math.floor(middle)];
  if (above === undefined) throw new RangeError("no values to compute the median of");
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

/** Whether the medians meet the target. */
export function isReached({ ours, ratio }: Summary, target: Target): boolean {
  if (target.value !== undefined && ours > target.value) return false;
  return target.ratio === undefined || (ratio !== null && ratio.median <= target.ratio);
}

/**
 * Returns the exponent of the cost's growth: the slope of the best-fitting line on logarithmic scales. 1 is linear, less is
 * better. Uses only points that cost at least twice the cheapest one: below that, start-up time dominates.
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
