import type { Target } from "./statistics.ts";

/** The unit of a value: seconds or bytes. */
export type Unit = "s" | "B";

/** The two sides of a measure, prepared. Each call does the work once and returns its cost. */
export interface Sides extends AsyncDisposable {
  ours(): Promise<number>;
  /** Null when the target is only an absolute value. */
  readonly theirs: (() => Promise<number>) | null;
}

/** The environment of a measure. */
export interface Context {
  /** An empty folder for this measure, which is removed afterwards. */
  readonly folder: string;
  /** Reports progress. */
  say(line: string): void;
}

/** One row of the table. */
export interface Measure {
  /** Used with `--only`. */
  readonly name: string;
  readonly what: string;
  /** The alternative that it is compared with; null when the target is only an absolute value. */
  readonly against: string | null;
  readonly unit: Unit;
  readonly target: Target;
  /** The number of pairs that are measured. */
  readonly pairs: number;
  /** Whether an additional first pair is discarded: it fills the caches that are warm on a user's machine. */
  readonly warmUp: boolean;
  /** Prepares the measure. @throws Skipped when it can't be taken on this machine */
  open(context: Context): Promise<Sides>;
}

/** The reason why a measure can't be taken on this machine. */
export class Skipped extends Error {}
