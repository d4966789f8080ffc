import { makeFolder, removeFolder } from "./folders.ts";
import type { Growth, Point } from "./growth.ts";
import { type Measure, Skipped } from "./measure.ts";
import type { Pair } from "./statistics.ts";

/** What became of a measure: its pairs, or why there are none. */
export type Outcome = { readonly pairs: readonly Pair[] } | { readonly skipped: string };

/** Takes a measure: ours, theirs, ours, theirs, so that both see the same changes of the machine. */
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

/** Takes each amount of work once, from the least on; the smallest one before that once to warm up. */
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
