import type { Target } from "./statistics.ts";

/** What a number is: seconds, or bytes. */
export type Unit = "s" | "B";

/** The two sides of a measure, ready to run. Each call does the work once and returns what it took. */
export interface Sides extends AsyncDisposable {
  ours(): Promise<number>;
  /** Null when only an absolute target is set. */
  readonly theirs: (() => Promise<number>) | null;
}

/** What a measure is given to work with. */
export interface Context {
  /** An empty folder of its own, removed afterwards. */
  readonly folder: string;
  /** Says what is going on. */
  say(line: string): void;
}

/** One row of the table. */
export interface Measure {
  /** For `--only`. */
  readonly name: string;
  readonly what: string;
  /** What it is compared with; null when only an absolute target is set. */
  readonly against: string | null;
  readonly unit: Unit;
  readonly target: Target;
  /** How many pairs are measured. */
  readonly pairs: number;
  /** Whether a first pair is thrown away, because it warms up what a user has warm. */
  readonly warmUp: boolean;
  /** Prepares it. @throws Skipped when it can't be measured here */
  open(context: Context): Promise<Sides>;
}

/** Why a measure can't be taken here. */
export class Skipped extends Error {}
