import { expect } from "vitest";
import type { Fault, ProcessResult } from "./calls.ts";
import { outcomeOf } from "./points.ts";

export type Verdict = "injected" | "absent" | "missed";

/**
 * Repeats an attempt until the fault was injected at its point, at most forty times: the number of writes to Node's
 * internal pipes varies. A call that is missing in three consecutive runs was only in the recorded run: `absent`.
 */
export async function untilInjected<T extends { called: ProcessResult }>(
  fault: Fault,
  attempt: (fault: Fault) => Promise<T>,
): Promise<T & { verdict: Verdict }> {
  let { aim } = fault;
  let absent = 0;
  for (let attempts = 40; ; attempts--) {
    const result = await attempt({ ...fault, aim });
    const outcome = outcomeOf(result.called.log, { ...fault, aim });
    if (outcome.injected) return { ...result, verdict: "injected" };
    absent = outcome.reason === "absent" ? absent + 1 : 0;
    if (absent === 3) return { ...result, verdict: "absent" };
    if (attempts === 0) return { ...result, verdict: "missed" };
    aim = outcome.aim;
  }
}

/** The verdicts for the injection points of a recorded run. */
export class Summary {
  readonly #where = { injected: [] as string[], absent: [] as string[], missed: [] as string[] };

  add(verdict: Verdict, where: string): void {
    this.#where[verdict].push(where);
  }

  /** Prints the number of points. Expects a fault at each of them; at most one may be absent in later runs. */
  expectInjected(what: string): void {
    const { injected, absent, missed } = this.#where;
    const exceptions = absent.length === 0 ? "" : `, absent in later runs: ${absent.join("; ")}`;
    console.log(`${what}: ${injected.length} points${exceptions}`);
    expect(missed).toEqual([]);
    expect(absent.length).toBeLessThanOrEqual(1);
  }
}
