import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Growth, Point } from "./growth.ts";
import type { Machine } from "./machine.ts";
import type { Measure } from "./measure.ts";
import type { Outcome } from "./run.ts";
import { growthExponent, isReached, type Pair, type Summary, summarize, type Target } from "./statistics.ts";

/** A measured row: its description, the result and the raw numbers. `taken` is a time as in RFC 3339. */
export interface Row extends Pick<Measure, "name" | "what" | "against" | "unit"> {
  readonly target: Target;
  readonly taken: string;
  readonly skipped?: string;
  readonly summary?: Summary;
  readonly reached?: boolean;
  readonly pairs?: readonly Pair[];
}

/** A measured panel of the plot. */
export interface Panel extends Pick<Growth, "name" | "work" | "unit" | "series"> {
  readonly taken: string;
  readonly points: readonly Point[];
  /** For each series, the exponent of its growth: 1 is linear. Null when the cost is start-up time alone. */
  readonly exponents: readonly (number | null)[];
}

/** The document that `--json` prints and docs/performance.json contains. */
export interface Results {
  readonly schema: 1;
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly growth: readonly Panel[];
}

export function rowOf({ name, what, against, unit, target }: Measure, outcome: Outcome, now: Date): Row {
  const row = { name, what, against, unit, target, taken: now.toISOString() };
  if ("skipped" in outcome) return { ...row, skipped: outcome.skipped };
  const summary = summarize(outcome.pairs);
  return { ...row, summary, reached: isReached(summary, target), pairs: outcome.pairs };
}

export function panelOf({ name, work, unit, series }: Growth, points: readonly Point[], now: Date): Panel {
  const exponents = series.map((_, i) =>
    growthExponent(points.map(({ amount, seconds }) => [amount, seconds[i]!] as const)),
  );
  return { name, work, unit, series, taken: now.toISOString(), points, exponents };
}

/** Reads the results of earlier runs. Drops them, with a message, when they are from another machine. */
export function readResults(path: string, machine: Machine): Results {
  const none: Results = { schema: 1, machine, rows: [], growth: [] };
  if (!existsSync(path)) return none;
  const earlier = JSON.parse(readFileSync(path, "utf8")) as Results;
  const same = earlier.schema === 1 && JSON.stringify(earlier.machine) === JSON.stringify(machine);
  if (same) return earlier;
  process.stderr.write(`${path}: dropping rows that were measured on another machine or file system\n`);
  return none;
}

/** Replaces the row or panel of the same name, or adds it. Sorts by `order`, and drops names that are not in it. */
export function merge<T extends { readonly name: string }>(
  old: readonly T[],
  item: T,
  order: readonly string[],
): T[] {
  const all = [...old.filter(({ name }) => name !== item.name), item];
  return all
    .filter(({ name }) => order.includes(name))
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

export function writeResults(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
}
