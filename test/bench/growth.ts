import type { Context, Unit } from "./measure.ts";

/** How cost grows with the work: one panel of the plot. */
export interface Growth {
  /** For `--only`. */
  readonly name: string;
  /** What grows, for people: `files`. */
  readonly work: string;
  /** How amounts of work are shown. */
  readonly unit: "" | Unit;
  readonly amounts: readonly number[];
  /** What is measured at each amount, in the order of what `measure` returns. */
  readonly series: readonly string[];
  /** Does the work once. */
  measure(amount: number, context: Context): Promise<Cost>;
}

export interface Cost {
  /** Seconds, one number for each series. */
  readonly seconds: readonly number[];
  /** The most bytes of memory that any of it took at once. */
  readonly peak: number;
}

export interface Point {
  readonly amount: number;
  readonly seconds: readonly number[];
  /** As in `Cost`; earlier versions have not measured it. */
  readonly peak?: number;
}
