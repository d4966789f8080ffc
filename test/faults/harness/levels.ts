import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import type { Harness } from "./harness.ts";
import { phases, runPhase } from "./phases.ts";
import { restoredIn, sessionOf, stateIn } from "./script.ts";

/** What there is after a plan. */
export interface Level {
  contents: string[];
  state: string;
}

/**
 * Begins a build whose directory has what Nix and stdenv put there before the first phase, and what a setup hook has
 * made where phases will work; returns what there is.
 */
export function beginPlan(harness: Harness): string[] {
  harness.begin(1);
  mkdirSync(harness.file("build/source/sub/own"), { recursive: true });
  for (const name of ["env-vars", "source/main.c", "source/sub/hook's", "source/sub/own/file"]) {
    const path = harness.file(`build/${name}`);
    writeFileSync(path, `${name}, there before\n`);
    chmodSync(path, 0o640);
    utimesSync(path, 1e9, 1e9);
  }
  chmodSync(harness.file("build/source/sub/own"), 0o500);
  return harness.contents();
}

/**
 * Saves a snapshot of each phase. What a restore of so many phases leaves, and the state that it applies; nothing was
 * restored first.
 */
export async function soundRestores(harness: Harness): Promise<Level[]> {
  const levels = [{ contents: beginPlan(harness), state: "" }];
  for (const phase of phases) {
    harness.begin(0);
    const { script } = await harness.plan();
    for (const ran of phases.slice(restoredIn(script), phases.indexOf(phase) + 1)) {
      runPhase(ran, harness.top, harness.out);
      await harness.save(sessionOf(script)!, ran);
    }
    beginPlan(harness);
    const restored = await harness.plan();
    if (restoredIn(restored.script) !== levels.length) throw new Error(restored.said);
    levels.push({ contents: harness.contents(), state: stateIn(restored.script) });
  }
  return levels;
}
