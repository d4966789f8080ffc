import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callWith, type Fault, type ProcessResult, recordedCall, targets } from "./harness/calls.ts";
import { Harness } from "./harness/harness.ts";
import { phases, runPhase } from "./harness/phases.ts";
import { injectionPointsIn } from "./harness/points.ts";
import { restoredIn, sessionOf, stateIn } from "./harness/script.ts";
import { canTrace, rounds } from "./harness/strace.ts";
import { Summary, untilInjected } from "./harness/summary.ts";

/** Returns the files of a build without faults, and the state that a restore of all its phases applies. */
async function referenceBuild(harness: Harness) {
  await harness.build(0);
  const own = harness.contents();
  expect(restoredIn((await harness.build(0)).script)).toBe(phases.length);
  expect(harness.contents()).toEqual(own);
  const { script } = await harness.build(1);
  return { contents: harness.contents(), state: stateIn(script) };
}

/** Begins the package's first build and runs its first phase. */
async function beginSave(harness: Harness) {
  harness.newStore();
  harness.begin(0);
  const session = sessionOf((await harness.plan()).script)!;
  runPhase("buildPhase", harness.top, harness.out);
  return { command: "save", session, phase: "buildPhase" } as const;
}

async function faultySave(harness: Harness, fault: Fault): Promise<{ called: ProcessResult }> {
  const call = await beginSave(harness);
  const before = harness.contents();
  const called = callWith(harness, call, fault);
  expect(harness.contents(), `${JSON.stringify(fault)}: the build's own files`).toEqual(before);
  harness.removeSession(call.session);
  return { called };
}

/** A fault other than a crash leaves nothing under `tmp`: it would take up space for a day. */
function expectNoLeftovers(harness: Harness, { kind, call }: Fault, where: string): void {
  if (kind === "SIGKILL" || /^(unlink|openat)/.test(call.name)) return;
  expect(readdirSync(harness.file("store/v1/tmp")), where).toEqual([]);
}

/** When a fault prevents the snapshot, the runtime reports it, or (after a crash) the hook. */
function expectReported({ status, messages, script }: ProcessResult, restored: number, where: string): void {
  if (status !== 0) return;
  if (/not saved/.test(messages)) expect(script, where).toContain("_phaseCacheStop");
  else expect(restored, `${where}: ${messages}`).toBe(1);
}

describe.skipIf(!canTrace)(
  "a save with a fault in every system call that modifies something (needs strace)",
  () => {
    it.each(
      targets
        .slice(0, 2)
        .flatMap((target) => rounds.map((round) => [target, round.join(", "), round] as const)),
    )("%s, %s: the store verifies, and the next build is correct", async (target, _, round) => {
      using harness = new Harness();
      const reference = await referenceBuild(harness);
      const { log } = recordedCall(harness, await beginSave(harness), target);
      const summary = new Summary();
      for (const injection of injectionPointsIn(log, round)) {
        const { kind, call } = injection;
        const where = `${target}: ${kind} at ${call.name} ${call.rank}`;
        const fault = { target, ...injection };
        const { called, verdict } = await untilInjected(fault, (retargeted) =>
          faultySave(harness, retargeted),
        );
        summary.add(verdict, where);
        expectNoLeftovers(harness, fault, where);
        expect(harness.problems(), where).toEqual([]);
        const next = await harness.build(1);
        expect(next.messages, where).not.toMatch(/not saved|not used|building without/);
        expect(harness.contents(), where).toEqual(reference.contents);
        expectReported(called, restoredIn(next.script), where);
        const last = await harness.build(1);
        expect(restoredIn(last.script), where).toBe(phases.length);
        expect(stateIn(last.script), where).toBe(reference.state);
        expect(harness.contents(), where).toEqual(reference.contents);
      }
      summary.expectInjected(`${round.join(", ")} in a save, ${target}`);
    });
  },
);
