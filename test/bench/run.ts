import { makeFolder, removeFolder } from "./folders.ts";
import type { Growth, Point } from "./growth.ts";
import { type Measure, Skipped } from "./measure.ts";
import type { Pair } from "./statistics.ts";

/** The outcome of a measure: its pairs, or the reason why it was skipped. */
export type Outcome = { readonly pairs: readonly Pair[] } | { readonly skipped: string };

/** Takes a measure. The two sides alternate, so that changes of the machine's load affect both. */
export async function takeMeasure(measure: Measure, say: (line: string) => void): Promise<Outcome> {
  const folder = makeFolder();
  try {
    say("preparing");
    await using sides = await measure.open({ folder, say });
    const pairs: Pair[] = [];
    for (let i = measure.warmUp ? -1 : 0; i < measure.pairs; i++) {
      say(i < 0 ? "warming up" : `pair ${i + 1} of ${measure.pairs}`);
      const ours = await sides.ours();
      const theirs = sides.theirs === null ? null : await sides.theirs();
      if (i >= 0) pairs.push([ours, theirs]);
    }
    return { pairs };
  } catch (error) {
    if (error instanceof Skipped) return { skipped: error.message };
    throw error;
  } finally {
    removeFolder(folder);
  }
}

/** Measures each amount of work once, in ascending order, after a first run with the smallest amount to warm up. */
export async function takeGrowth(growth: Growth, say: (line: string) => void): Promise<Point[]> {
  const points: Point[] = [];
  for (const [i, amount] of [growth.amounts[0]!, ...growth.amounts].entries()) {
    say(`${amount} ${growth.work}`);
    const folder = makeFolder();
    try {
      const cost = await growth.measure(amount, { folder, say });
      if (i > 0) points.push({ amount, ...cost });
    } finally {
      removeFolder(folder);
    }
  }
  return points;
}
