import { expect } from "vitest";
import type { Called, Fault } from "./calls.ts";
import { outcomeOf } from "./points.ts";

export type Verdict = "injected" | "absent" | "missed";

/**
 * Repeats an attempt until the fault was injected at its point, forty times at most: how often Node writes to its own pipes
 * is chance. A call that three runs in a row do not have was in the recorded run only: `absent`.
 */
export async function untilInjected<T extends { called: Called }>(
  fault: Fault,
  attempt: (fault: Fault) => Promise<T>,
): Promise<T & { verdict: Verdict }> {
  let { aim } = fault;
  let absent = 0;
  for (let left = 40; ; left--) {
    const result = await attempt({ ...fault, aim });
    const outcome = outcomeOf(result.called.log, { ...fault, aim });
    if (outcome.injected) return { ...result, verdict: "injected" };
    absent = outcome.reason === "absent" ? absent + 1 : 0;
    if (absent === 3) return { ...result, verdict: "absent" };
    if (left === 0) return { ...result, verdict: "missed" };
    aim = outcome.aim;
  }
}

/** The verdicts on the injection points of a recorded run. */
export class Summary {
  readonly #where = { injected: [] as string[], absent: [] as string[], missed: [] as string[] };

  add(verdict: Verdict, where: string): void {
    this.#where[verdict].push(where);
  }

  /** Prints how many points there were; expects a fault at each of them, with one exception that chance may cause. */
  expectInjected(what: string): void {
    const { injected, absent, missed } = this.#where;
    const but = absent.length === 0 ? "" : `, absent in later runs: ${absent.join("; ")}`;
    console.log(`${what}: ${injected.length} points${but}`);
    expect(missed).toEqual([]);
    expect(absent.length).toBeLessThanOrEqual(1);
  }
}
