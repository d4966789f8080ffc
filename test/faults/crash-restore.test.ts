import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  abandon,
  type Called,
  callWith,
  type Fault,
  madeInTmp,
  recordedCall,
  targets,
} from "./harness/calls.ts";
import { Harness } from "./harness/harness.ts";
import { beginPlan, soundRestores } from "./harness/levels.ts";
import { phases } from "./harness/phases.ts";
import { injectionPointsIn } from "./harness/points.ts";
import { restoredIn, stateIn } from "./harness/script.ts";
import { canTrace, rounds } from "./harness/strace.ts";
import { Summary, untilInjected } from "./harness/summary.ts";

const plan = { command: "plan" } as const;

async function faultyPlan(harness: Harness, fault: Fault): Promise<{ called: Called; before: string[] }> {
  const before = beginPlan(harness);
  const called = callWith(harness, plan, fault);
  for (const session of madeInTmp(called)) harness.forget(session);
  return { called, before };
}

/** What the hook does with a call's answer. Returns how many phases are restored. */
function takenUp(harness: Harness, { status, script }: Called): number {
  if (status === 0) return restoredIn(script);
  abandon(harness);
  return 0;
}

describe.skipIf(!canTrace)("a restore with a fault at every system call that changes something", () => {
  it.each(targets.flatMap((target) => rounds.map((round) => [target, round.join(", "), round] as const)))(
    "%s, %s: all of it or nothing, and the next build is right",
    async (target, _, round) => {
      using harness = new Harness();
      const levels = await soundRestores(harness);
      beginPlan(harness);
      const { log } = recordedCall(harness, plan, target);
      const summary = new Summary();
      for (const injection of injectionPointsIn(log, round)) {
        const where = `${target}: ${injection.kind} at ${injection.call.name} ${injection.call.rank}`;
        const { called, before, verdict } = await untilInjected({ target, ...injection }, (fault) =>
          faultyPlan(harness, fault),
        );
        summary.add(verdict, where);
        const restored = takenUp(harness, called);
        const { contents, state } = restored === 0 ? { contents: before, state: "" } : levels[restored]!;
        expect(existsSync(`/tmp/phasecache-before-${harness.pid}`), where).toBe(restored > 0);
        expect(harness.contents(), `${where}: ${called.said}`).toEqual(contents);
        expect(called.status === 0 ? stateIn(called.script) : "", where).toBe(state);
        if (restored < phases.length && called.status === 0)
          expect(called.said, where).toMatch(/building without the cache|is not used/);
        expect(harness.problems(), where).toEqual([]);
        expect(restoredIn((await harness.build(1)).script), where).toBe(phases.length);
      }
      summary.expectInjected(`${round.join(", ")} in a restore, ${target}`);
    },
  );
});
