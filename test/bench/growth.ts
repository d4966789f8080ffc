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
  /** Does the work once. Returns seconds, one number for each series. */
  measure(amount: number, context: Context): Promise<readonly number[]>;
}

export interface Point {
  readonly amount: number;
  /** Seconds, one number for each series. */
  readonly seconds: readonly number[];
}
