import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Blow, type Called, callWith, recordedCall, victims } from "./calls.ts";
import { phases, runPhase } from "./phases.ts";
import { strokesIn } from "./points.ts";
import { Workshop } from "./rig.ts";
import { restoredIn, sessionOf, stateIn } from "./script.ts";
import { canTrace, rounds } from "./strace.ts";
import { Tally, untilStruck } from "./tally.ts";

/** What a build leaves, and the state that a restore of all of it applies, when there are no faults. */
async function soundBuild(workshop: Workshop) {
  await workshop.build(0);
  const own = workshop.contents();
  expect(restoredIn((await workshop.build(0)).script)).toBe(phases.length);
  expect(workshop.contents()).toEqual(own);
  const { script } = await workshop.build(1);
  return { contents: workshop.contents(), state: stateIn(script) };
}

/** The package's first build, up to the end of its first phase. */
async function beginSave(workshop: Workshop) {
  workshop.newStore();
  workshop.begin(0);
  const session = sessionOf((await workshop.plan()).script)!;
  runPhase("buildPhase", workshop.top, workshop.out);
  return { command: "save", session, phase: "buildPhase" } as const;
}

async function faultySave(workshop: Workshop, blow: Blow): Promise<{ called: Called }> {
  const call = await beginSave(workshop);
  const before = workshop.contents();
  const called = callWith(workshop, call, blow);
  expect(workshop.contents(), `${JSON.stringify(blow)}: the build's own files`).toEqual(before);
  workshop.forget(call.session);
  return { called };
}

/** What a fault other than a crash leaves under `tmp` would take room for a day. */
function expectTidy(workshop: Workshop, { fault, point }: Blow, where: string): void {
  if (fault === "SIGKILL" || /^(unlink|openat)/.test(point.name)) return;
  expect(readdirSync(workshop.file("store/v1/tmp")), where).toEqual([]);
}

/** A fault that costs the snapshot is said, by the runtime or (after a crash) by the hook. */
function expectSaid({ status, said, script }: Called, restored: number, where: string): void {
  if (status !== 0) return;
  if (/not saved/.test(said)) expect(script, where).toContain("_phaseCacheStop");
  else expect(restored, `${where}: ${said}`).toBe(1);
}

describe.skipIf(!canTrace)("a save with a fault at every system call that changes something", () => {
  it.each(
    victims
      .slice(0, 2)
      .flatMap((victim) => rounds.map((round) => [victim, round.join(", "), round] as const)),
  )("%s, %s: the store verifies, and the next build is right", async (victim, _, round) => {
    using workshop = new Workshop();
    const right = await soundBuild(workshop);
    const { log } = recordedCall(workshop, await beginSave(workshop), victim);
    const tally = new Tally();
    for (const stroke of strokesIn(log, round)) {
      const { fault, point } = stroke;
      const where = `${victim}: ${fault} at ${point.name} ${point.rank}`;
      const blow = { victim, ...stroke };
      const { called, outcome } = await untilStruck(blow, (aimed) => faultySave(workshop, aimed));
      tally.add(outcome, where);
      expectTidy(workshop, blow, where);
      expect(workshop.problems(), where).toEqual([]);
      const next = await workshop.build(1);
      expect(next.said, where).not.toMatch(/not saved|not used|building without/);
      expect(workshop.contents(), where).toEqual(right.contents);
      expectSaid(called, restoredIn(next.script), where);
      const last = await workshop.build(1);
      expect(restoredIn(last.script), where).toBe(phases.length);
      expect(stateIn(last.script), where).toBe(right.state);
      expect(workshop.contents(), where).toEqual(right.contents);
    }
    tally.expectStruck(`${round.join(", ")} in a save, ${victim}`);
  });
});
