import type { Checked, Unproved } from "./check.ts";
import type { Target } from "./evaluate.ts";
import { compareOutputs, type Difference, differingPaths, listOutput } from "./trees.ts";

/** What two clean builds say of a build that may have been restored. */
export interface Proof {
  target: Target;
  /** `wrong`: clean builds agree with each other and not with it. `unreproducible`: they do not even agree with each other. */
  verdict: "equal" | "wrong" | "unreproducible" | "failed";
  /** The output that was compared, and where the clean one is; null unless they differ. */
  output: string | null;
  check: string | null;
  differences: Difference[];
  /** Of `differences` those in which the clean builds agree. */
  wrong: Difference[];
}

/**
 * Compares a target's outputs with those of a clean build, and if they differ those of two clean builds.
 * @param check makes a clean build
 */
export async function proveTarget(target: Target, check: () => Promise<Checked>): Promise<Proof | Unproved> {
  const nothing = { target, output: null, check: null, differences: [], wrong: [] };
  const first = await check();
  if (first.kind === "seen" || first.kind === "interrupted") return first;
  if (first.kind !== "differs") return { ...nothing, verdict: first.kind };
  const restored = { root: first.output, files: listOutput(first.output) };
  const clean = { root: first.check, files: listOutput(first.check) };
  const differences = compareOutputs(restored, clean);
  // It takes the place of the first one's output.
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
