import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  callWith,
  type Fault,
  madeInTmp,
  type ProcessResult,
  recordedCall,
  rollBack,
  targets,
} from "./harness/calls.ts";
import { Harness } from "./harness/harness.ts";
import { beginPlan, referenceRestores } from "./harness/levels.ts";
import { phases } from "./harness/phases.ts";
import { injectionPointsIn } from "./harness/points.ts";
import { restoredIn, stateIn } from "./harness/script.ts";
import { canTrace, rounds } from "./harness/strace.ts";
import { Summary, untilInjected } from "./harness/summary.ts";

const plan = { command: "plan" } as const;

async function faultyPlan(
  harness: Harness,
  fault: Fault,
): Promise<{ called: ProcessResult; before: string[] }> {
  const before = beginPlan(harness);
  const called = callWith(harness, plan, fault);
  for (const session of madeInTmp(called)) harness.removeSession(session);
  return { called, before };
}

/** Handles a call's result as the hook does. Returns the number of restored phases. */
function handleResult(harness: Harness, { status, script }: ProcessResult): number {
  if (status === 0) return restoredIn(script);
  rollBack(harness);
  return 0;
}

describe.skipIf(!canTrace)(
  "a restore with a fault in every system call that modifies something (needs strace)",
  () => {
    it.each(targets.flatMap((target) => rounds.map((round) => [target, round.join(", "), round] as const)))(
      "%s, %s: restores everything or nothing, and the next build is correct",
      async (target, _, round) => {
        using harness = new Harness();
        const levels = await referenceRestores(harness);
        beginPlan(harness);
        const { log } = recordedCall(harness, plan, target);
        const summary = new Summary();
        for (const injection of injectionPointsIn(log, round)) {
          const where = `${target}: ${injection.kind} at ${injection.call.name} ${injection.call.rank}`;
          const { called, before, verdict } = await untilInjected({ target, ...injection }, (fault) =>
            faultyPlan(harness, fault),
          );
          summary.add(verdict, where);
          const restored = handleResult(harness, called);
          const { contents, state } = restored === 0 ? { contents: before, state: "" } : levels[restored]!;
          expect(existsSync(`/tmp/phasecache-before-${harness.pid}`), where).toBe(restored > 0);
          expect(harness.contents(), `${where}: ${called.messages}`).toEqual(contents);
          expect(called.status === 0 ? stateIn(called.script) : "", where).toBe(state);
          if (restored < phases.length && called.status === 0)
            expect(called.messages, where).toMatch(/building without the cache|is not used/);
          expect(harness.problems(), where).toEqual([]);
          expect(restoredIn((await harness.build(1)).script), where).toBe(phases.length);
        }
        summary.expectInjected(`${round.join(", ")} in a restore, ${target}`);
      },
    );
  },
);
