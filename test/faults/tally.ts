import { expect } from "vitest";
import type { Blow, Called } from "./calls.ts";
import { shotIn } from "./points.ts";

export type Outcome = "struck" | "gone" | "missed";

/**
 * Makes attempts until the fault has struck, forty at most: how often Node writes into pipes of its own is chance. What
 * three runs in a row don't have was the recorded run's alone: `gone`.
 */
export async function untilStruck<T extends { called: Called }>(
  blow: Blow,
  attempt: (blow: Blow) => Promise<T>,
): Promise<T & { outcome: Outcome }> {
  let { aim } = blow;
  let absent = 0;
  for (let left = 40; ; left--) {
    const result = await attempt({ ...blow, aim });
    const shot = shotIn(result.called.log, { ...blow, aim });
    if (shot.struck) return { ...result, outcome: "struck" };
    absent = shot.reason === "absent" ? absent + 1 : 0;
    if (absent === 3) return { ...result, outcome: "gone" };
    if (left === 0) return { ...result, outcome: "missed" };
    aim = shot.aim;
  }
}

/** What became of the points of a recorded run. */
export class Tally {
  readonly #where = { struck: [] as string[], gone: [] as string[], missed: [] as string[] };

  add(outcome: Outcome, where: string): void {
    this.#where[outcome].push(where);
  }

  /** Says how many points were tried, and expects that all of them were struck, but for one that was chance's. */
  expectStruck(what: string): void {
    const { struck, gone, missed } = this.#where;
    const but = gone.length === 0 ? "" : `, and none any more at ${gone.join("; ")}`;
    console.log(`${what}: ${struck.length} points${but}`);
    expect(missed).toEqual([]);
    expect(gone.length).toBeLessThanOrEqual(1);
  }
}
