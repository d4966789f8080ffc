import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restoredThrough } from "../rig/log.ts";
import { compareOutputs, createRig, nixPath, type Rig } from "../rig.ts";

export { restoredThrough };

/** A package, an edit of it, and what must hold when the edit is built with the store. */
export interface SoundnessCase {
  /** Nix bindings, each with its `;`. `pkgs` is in scope. `pname`, `version` and the hook are added. */
  package: string;
  /** Nix bindings that replace those of the package. */
  edit: string;
  /** The texts of further setup hooks. */
  hooks?: readonly string[];
  /** The phase through which the edit is restored; null for none. Not checked when undefined. */
  through?: string | null;
  /** Matches one of phasecache's messages in the two builds with the store. */
  says?: RegExp;
  /** The edit's build may differ from the clean one. Only with `says`, and only if that can't be detected in time. */
  mayDiffer?: true;
}

function derivation(name: string, { package: base, hooks = [] }: SoundnessCase, edit: string): string {
  const own = hooks.map(
    (text) => `(builtins.toFile "setup-hook.sh" ${JSON.stringify(text).replaceAll("${", "\\${")})`,
  );
  return `(let old = { dontUnpack = true; nativeBuildInputs = [ ]; } // { ${base} }; new = old // { ${edit} }; in
    pkgs.stdenv.mkDerivation ({ pname = "${name}"; version = "1"; } // new // {
      nativeBuildInputs = [ pkgs.phaseCacheHook ] ++ new.nativeBuildInputs ++ [ ${own.join(" ")} ];
    }))`;
}

/** A path in samples/, as a Nix path. */
export const sample = (path: string) => nixPath(`${import.meta.dirname}/samples/${path}`);

/**
 * Builds the package and its edit with the store, and the edit without it. The restored build must succeed and equal the
 * clean one.
 * @param name the package's name, unique for each case, since cases share the rig's store
 */
export async function checkCase(rig: Rig, name: string, testCase: SoundnessCase): Promise<void> {
  const cold = await rig.build(derivation(name, testCase, ""));
  expect(cold.ok, cold.log).toBe(true);
  const edited = derivation(name, testCase, testCase.edit);
  const restored = await rig.build(edited);
  const clean = await rig.build(edited, { store: false });
  // Errors of the hook's own commands, which it tolerates.
  for (const { log } of [cold, restored])
    expect(log).not.toMatch(/\.sh: line \d+: (?:declare|_phaseCache)|: _phaseCache\w+: /);
  expect(clean.ok, clean.log).toBe(true);
  expect(restored.ok, restored.log).toBe(true);
  if (testCase.through !== undefined)
    expect(restoredThrough(restored.messages), restored.log).toBe(testCase.through);
  if (testCase.says !== undefined)
    expect([...cold.messages, ...restored.messages].join("\n"), restored.log).toMatch(testCase.says);
  if (testCase.mayDiffer === undefined)
    expect(compareOutputs(restored.outPaths, clean.outPaths), restored.log).toEqual([]);
}

/** Describes a suite of cases that share a rig. Each case is a test with its name. */
export function describeCases(title: string, cases: Readonly<Record<string, SoundnessCase>>): void {
  describe(title, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await createRig();
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    const numbered = Object.entries(cases).map(([what, testCase], i) => ({
      what,
      testCase,
      name: `case-${i}`,
    }));
    it.each(numbered)("$what", ({ testCase, name }) => checkCase(rig, name, testCase));
  });
}
