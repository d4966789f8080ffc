import { expect } from "vitest";
import type { StateChange } from "../../runtime/shell/change.ts";
import {
  diffStates,
  emitScript,
  mergeChange,
  parseChange,
  type StatePlan,
} from "../../runtime/shell/index.ts";
import { Rig, type Steps } from "./rig.ts";

/** Expects that a shell restored after `phase` has the same state and prints the same, and that its script is ASCII. */
export function expectRoundTrip(locale: string, phase: string, steps: Steps = {}): void {
  using rig = new Rig(locale);
  const { after, restored, probed, probedAgain, script } = rig.roundTrip(phase, steps);
  expect(restored).toEqual(after);
  expect(probedAgain).toBe(probed);
  expect(script).toMatch(/^[\n\x20-\x7e]*$/);
}

/** Returns the plan for a change that adds one function with this text. */
export function planFunction(rig: Rig, text: string, setup = ""): StatePlan {
  const initial = rig.dump(setup);
  const stored: StateChange = {
    variables: [],
    functions: [{ name: "f", before: null, after: { attributes: "", text } }],
    options: [],
    umask: { before: "0022", after: "0022" },
    cwd: { before: initial.cwd, after: initial.cwd },
  };
  return mergeChange(parseChange(stored), initial, { relocate: (bytes) => bytes, force: false }).result;
}

export const keep = (bytes: string) => bytes;

/** Applies the changes of `phase` after `old` to a shell that starts with `initial`. Returns what `probe` prints there. */
export function rebuild(old: string, phase: string, initial: string, probe: string, relocate = keep) {
  using rig = new Rig();
  const { before, after } = rig.phase(phase, { setup: old });
  const { result, conflicts } = mergeChange(diffStates(before, after), rig.dump(initial), {
    relocate,
    force: false,
  });
  return { printed: rig.apply(emitScript(result), { setup: initial, probe }).probed, conflicts };
}
