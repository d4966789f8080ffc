import { join } from "node:path";
import { expect } from "vitest";
import { type BuildResult, nixPath } from "./rig.ts";

/** A Nix expression for a setup hook that counts the calls of compilers; see the hook for its launcher. */
export const compilerCounter = nixPath(join(import.meta.dirname, "samples/count-compilers.sh"));

/** The compiler calls of a build that had `compilerCounter` in its `nativeBuildInputs`. */
export function compilerCalls({ log }: BuildResult): number {
  const count = /^compiler calls: (\d+)$/m.exec(log)?.[1];
  expect(count, log).toBeDefined();
  return Number(count);
}
