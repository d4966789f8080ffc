import type { Checked, Unproved } from "./check.ts";
import type { Target } from "./evaluate.ts";
import { compareOutputs, type Difference, differingPaths, listOutput } from "./trees.ts";

/** The verdict on a build that may have been restored, from up to two clean builds. */
export interface Proof {
  target: Target;
  /** `wrong`: the clean builds agree with each other but not with it. `unreproducible`: the clean builds differ, too. */
  verdict: "equal" | "wrong" | "unreproducible" | "failed";
  /** The output that differs, and the path of the clean one; null if none differs. */
  output: string | null;
  check: string | null;
  differences: Difference[];
  /** The `differences` on which the clean builds agree. */
  wrong: Difference[];
}

/**
 * Compares a target's outputs with those of a clean build and, if they differ, the outputs of two clean builds.
 * @param check runs a clean build
 */
export async function proveTarget(target: Target, check: () => Promise<Checked>): Promise<Proof | Unproved> {
  const nothing = { target, output: null, check: null, differences: [], wrong: [] };
  const first = await check();
  if (first.kind === "seen" || first.kind === "interrupted") return first;
  if (first.kind !== "differs") return { ...nothing, verdict: first.kind };
  const restored = { root: first.output, files: listOutput(first.output) };
  const clean = { root: first.check, files: listOutput(first.check) };
  const differences = compareOutputs(restored, clean);
  // Its output replaces the first one's.
  const second = await check();
  if (second.kind === "seen" || second.kind === "interrupted") return second;
  const found = { target, output: first.output, check: first.check, differences };
  if (second.kind === "failed") return { ...found, verdict: "failed", wrong: [] };
  const again =
    second.kind === "differs" && second.output === first.output ? listOutput(second.check) : restored.files;
  const chance = new Set(differingPaths(clean.files, again));
  const wrong = differences.filter(({ path }) => !chance.has(path));
  return { ...found, verdict: chance.size === 0 ? "wrong" : "unreproducible", wrong };
}
