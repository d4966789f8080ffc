import type { Context, Unit } from "./measure.ts";

/** One panel of the plot: how the cost grows with the amount of work. */
export interface Growth {
  /** Used with `--only`. */
  readonly name: string;
  /** The name of what grows, as shown in the plot: `files`. */
  readonly work: string;
  /** The unit in which amounts of work are shown. */
  readonly unit: "" | Unit;
  readonly amounts: readonly number[];
  /** The names of the measured values, in the order in which `measure` returns them. */
  readonly series: readonly string[];
  /** Does the work once and returns its cost. */
  measure(amount: number, context: Context): Promise<Cost>;
}

export interface Cost {
  /** Seconds, one number per series. */
  readonly seconds: readonly number[];
  /** Peak memory in bytes of any of the processes. */
  readonly peak: number;
}

export interface Point {
  readonly amount: number;
  readonly seconds: readonly number[];
  /** As in `Cost`; missing in results of earlier versions. */
  readonly peak?: number;
}
