import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  abandon,
  type Blow,
  type Called,
  callWith,
  madeInTmp,
  pointsOf,
  untilStruck,
  victims,
} from "./calls.ts";
import { phases, runPhase } from "./phases.ts";
import { Workshop } from "./rig.ts";
import { restoredIn, sessionOf, stateIn } from "./script.ts";
import { canTrace, rounds, strokesIn } from "./strace.ts";

const plan = { command: "plan" } as const;

/** The build directory has what Nix and stdenv put there before the first phase. */
function beginPlan(workshop: Workshop): string[] {
  workshop.begin(1);
  writeFileSync(workshop.file("build/env-vars"), "declare -x out\n");
  utimesSync(workshop.file("build/env-vars"), 1e9, 1e9);
  return workshop.contents();
}

async function faultyPlan(workshop: Workshop, blow: Blow): Promise<{ called: Called; before: string[] }> {
  const before = beginPlan(workshop);
  const called = callWith(workshop, plan, blow);
  for (const session of madeInTmp(workshop)) workshop.forget(session);
  return { called, before };
}

/** What a restore through each phase leaves, and the state that it applies; nothing restored first. */
async function soundRestores(workshop: Workshop) {
  const levels = [{ contents: [""], state: "" }];
  for (const phase of phases) {
    workshop.begin(0);
    const { script } = await workshop.plan();
    for (const ran of phases.slice(restoredIn(script), phases.indexOf(phase) + 1)) {
      runPhase(ran, workshop.top, workshop.out);
      await workshop.save(sessionOf(script)!, ran);
    }
    beginPlan(workshop);
    const restored = await workshop.plan();
    expect(restoredIn(restored.script)).toBe(levels.length);
    levels.push({ contents: workshop.contents(), state: stateIn(restored.script) });
  }
  return levels;
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
      const { log } = pointsOf(workshop, plan, victim);
      const strokes = strokesIn(log, round);
      let struck = 0;
      for (const { fault, point } of strokes) {
        const where = `${victim}: ${fault} at ${point.name} ${point.nth}`;
        const { called, before } = await untilStruck({ victim, fault, point }, (blow) =>
          faultyPlan(workshop, blow),
        );
        if (called.struck) struck++;
        const restored = takenUp(workshop, called);
        const { contents, state } = restored === 0 ? { contents: before, state: "" } : levels[restored]!;
        expect(existsSync(`/tmp/phasecache-before-${workshop.pid}`), where).toBe(restored > 0);
        expect(workshop.contents(), `${where}: ${called.said}`).toEqual(contents);
        expect(called.status === 0 ? stateIn(called.script) : "", where).toBe(state);
        if (restored < phases.length && called.status === 0)
          expect(called.said, where).toMatch(/goes on without the cache|is not used/);
        expect(workshop.problems(), where).toEqual([]);
        expect(restoredIn((await workshop.build(1)).script), where).toBe(phases.length);
      }
      console.log(`${round.join(", ")} in a restore's ${victim}: ${struck} of ${strokes.length} points`);
      expect(struck).toBe(strokes.length);
    },
  );
});
