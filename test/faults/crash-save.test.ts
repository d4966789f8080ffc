import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Called, callWith, type Fault, recordedCall, targets } from "./harness/calls.ts";
import { Harness } from "./harness/harness.ts";
import { phases, runPhase } from "./harness/phases.ts";
import { injectionPointsIn } from "./harness/points.ts";
import { restoredIn, sessionOf, stateIn } from "./harness/script.ts";
import { canTrace, rounds } from "./harness/strace.ts";
import { Summary, untilInjected } from "./harness/summary.ts";

/** What a build leaves, and the state that a restore of all of it applies, when there are no faults. */
async function soundBuild(harness: Harness) {
  await harness.build(0);
  const own = harness.contents();
  expect(restoredIn((await harness.build(0)).script)).toBe(phases.length);
  expect(harness.contents()).toEqual(own);
  const { script } = await harness.build(1);
  return { contents: harness.contents(), state: stateIn(script) };
}

/** The package's first build, up to the end of its first phase. */
async function beginSave(harness: Harness) {
  harness.newStore();
  harness.begin(0);
  const session = sessionOf((await harness.plan()).script)!;
  runPhase("buildPhase", harness.top, harness.out);
  return { command: "save", session, phase: "buildPhase" } as const;
}

async function faultySave(harness: Harness, fault: Fault): Promise<{ called: Called }> {
  const call = await beginSave(harness);
  const before = harness.contents();
  const called = callWith(harness, call, fault);
  expect(harness.contents(), `${JSON.stringify(fault)}: the build's own files`).toEqual(before);
  harness.forget(call.session);
  return { called };
}

/** What a fault other than a crash leaves under `tmp` would take room for a day. */
function expectTidy(harness: Harness, { kind, call }: Fault, where: string): void {
  if (kind === "SIGKILL" || /^(unlink|openat)/.test(call.name)) return;
  expect(readdirSync(harness.file("store/v1/tmp")), where).toEqual([]);
}

/** A fault that costs the snapshot is said, by the runtime or (after a crash) by the hook. */
function expectSaid({ status, said, script }: Called, restored: number, where: string): void {
  if (status !== 0) return;
  if (/not saved/.test(said)) expect(script, where).toContain("_phaseCacheStop");
  else expect(restored, `${where}: ${said}`).toBe(1);
}

describe.skipIf(!canTrace)("a save with a fault at every system call that changes something", () => {
  it.each(
    targets
      .slice(0, 2)
      .flatMap((target) => rounds.map((round) => [target, round.join(", "), round] as const)),
  )("%s, %s: the store verifies, and the next build is right", async (target, _, round) => {
    using harness = new Harness();
    const right = await soundBuild(harness);
    const { log } = recordedCall(harness, await beginSave(harness), target);
    const summary = new Summary();
    for (const injection of injectionPointsIn(log, round)) {
      const { kind, call } = injection;
      const where = `${target}: ${kind} at ${call.name} ${call.rank}`;
      const fault = { target, ...injection };
      const { called, verdict } = await untilInjected(fault, (aimed) => faultySave(harness, aimed));
      summary.add(verdict, where);
      expectTidy(harness, fault, where);
      expect(harness.problems(), where).toEqual([]);
      const next = await harness.build(1);
      expect(next.said, where).not.toMatch(/not saved|not used|building without/);
      expect(harness.contents(), where).toEqual(right.contents);
      expectSaid(called, restoredIn(next.script), where);
      const last = await harness.build(1);
      expect(restoredIn(last.script), where).toBe(phases.length);
      expect(stateIn(last.script), where).toBe(right.state);
      expect(harness.contents(), where).toEqual(right.contents);
    }
    summary.expectInjected(`${round.join(", ")} in a save, ${target}`);
  });
});
