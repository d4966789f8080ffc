import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { abandon, type Blow, type Called, callWith, madeInTmp, recordedCall, victims } from "./calls.ts";
import { beginPlan, soundRestores } from "./levels.ts";
import { phases } from "./phases.ts";
import { strokesIn } from "./points.ts";
import { Workshop } from "./rig.ts";
import { restoredIn, stateIn } from "./script.ts";
import { canTrace, rounds } from "./strace.ts";
import { Tally, untilStruck } from "./tally.ts";

const plan = { command: "plan" } as const;

async function faultyPlan(workshop: Workshop, blow: Blow): Promise<{ called: Called; before: string[] }> {
  const before = beginPlan(workshop);
  const called = callWith(workshop, plan, blow);
  for (const session of madeInTmp(called)) workshop.forget(session);
  return { called, before };
}

/** What the hook does with a call's answer. Returns how many phases are restored. */
function takenUp(workshop: Workshop, { status, script }: Called): number {
  if (status === 0) return restoredIn(script);
  abandon(workshop);
  return 0;
}

describe.skipIf(!canTrace)("a restore with a fault at every system call that changes something", () => {
  it.each(victims.flatMap((victim) => rounds.map((round) => [victim, round.join(", "), round] as const)))(
    "%s, %s: all of it or nothing, and the next build is right",
    async (victim, _, round) => {
      using workshop = new Workshop();
      const levels = await soundRestores(workshop);
      beginPlan(workshop);
      const { log } = recordedCall(workshop, plan, victim);
      const tally = new Tally();
      for (const stroke of strokesIn(log, round)) {
        const where = `${victim}: ${stroke.fault} at ${stroke.point.name} ${stroke.point.rank}`;
        const { called, before, outcome } = await untilStruck({ victim, ...stroke }, (blow) =>
          faultyPlan(workshop, blow),
        );
        tally.add(outcome, where);
        const restored = takenUp(workshop, called);
        const { contents, state } = restored === 0 ? { contents: before, state: "" } : levels[restored]!;
        expect(existsSync(`/tmp/phasecache-before-${workshop.pid}`), where).toBe(restored > 0);
        expect(workshop.contents(), `${where}: ${called.said}`).toEqual(contents);
        expect(called.status === 0 ? stateIn(called.script) : "", where).toBe(state);
        if (restored < phases.length && called.status === 0)
          expect(called.said, where).toMatch(/building without the cache|is not used/);
        expect(workshop.problems(), where).toEqual([]);
        expect(restoredIn((await workshop.build(1)).script), where).toBe(phases.length);
      }
      tally.expectStruck(`${round.join(", ")} in a restore, ${victim}`);
    },
  );
});
