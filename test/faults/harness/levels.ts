import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import type { Harness } from "./harness.ts";
import { phases, runPhase } from "./phases.ts";
import { restoredIn, sessionOf, stateIn } from "./script.ts";

/** The files and the applied state after a plan that restored a number of phases. */
export interface Level {
  contents: string[];
  state: string;
}

/**
 * Begins a build whose directory contains files that Nix and stdenv create before the first phase, and files that a setup
 * hook created in directories that the phases use. Returns its contents.
 */
export function beginPlan(harness: Harness): string[] {
  harness.begin(1);
  mkdirSync(harness.file("build/source/sub/own"), { recursive: true });
  for (const name of ["env-vars", "source/main.c", "source/sub/hook's", "source/sub/own/file"]) {
    const path = harness.file(`build/${name}`);
    writeFileSync(path, `${name}, created before\n`);
    chmodSync(path, 0o640);
    utimesSync(path, 1e9, 1e9);
  }
  chmodSync(harness.file("build/source/sub/own"), 0o500);
  return harness.contents();
}

/**
 * Saves a snapshot of each phase. Returns, by number of restored phases (starting at 0), the contents after the restore and
 * the state that it applies.
 */
export async function referenceRestores(harness: Harness): Promise<Level[]> {
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
    if (restoredIn(restored.script) !== levels.length) throw new Error(restored.messages);
    levels.push({ contents: harness.contents(), state: stateIn(restored.script) });
  }
  return levels;
}
