import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, nixPath, type Rig } from "../rig.ts";

/** A package, an edit of it, and what a user may rely on when the edit is built with the store. */
export interface SoundnessCase {
  /** Attributes as Nix code, `;` behind each; `pkgs` is in scope. `pname`, `version` and the hook are added. */
  package: string;
  /** Attributes that take the place of the package's. */
  edit: string;
  /** Setup hooks besides phaseCacheHook, by their text. */
  hooks?: readonly string[];
  /** The phase through which the edit is restored; null for none. Left out: it does not matter. */
  through?: string | null;
  /** What one of phasecache's lines of the two builds with the store has to say. */
  says?: RegExp;
  /** The edit's build may differ from the clean one: only with `says`, and only where that can't be told in time. */
  mayDiffer?: true;
}

/** The phase that a build was restored through, by its messages; null when it was not. */
export function restoredThrough(messages: readonly string[]): string | null {
  return messages.map((line) => /^restored \S+ through (\S+) in/.exec(line)?.[1]).find(Boolean) ?? null;
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

/** A path beside the tests as Nix code. */
export const sample = (path: string) => nixPath(`${import.meta.dirname}/samples/${path}`);

/**
 * Builds the package and its edit with the store, and the edit without. The restored build has to succeed where the clean
 * one does, and to equal it.
 * @param name of the package: another one for each case, since cases share the rig's store
 */
export async function checkCase(rig: Rig, name: string, sound: SoundnessCase): Promise<void> {
  const cold = await rig.build(derivation(name, sound, ""));
  expect(cold.ok, cold.log).toBe(true);
  const edited = derivation(name, sound, sound.edit);
  const restored = await rig.build(edited);
  const clean = await rig.build(edited, { store: false });
  expect(clean.ok, clean.log).toBe(true);
  expect(restored.ok, restored.log).toBe(true);
  if (sound.through !== undefined)
    expect(restoredThrough(restored.messages), restored.log).toBe(sound.through);
  if (sound.says !== undefined)
    expect([...cold.messages, ...restored.messages].join("\n"), restored.log).toMatch(sound.says);
  if (sound.mayDiffer === undefined)
    expect(compareOutputs(restored.outPaths, clean.outPaths), restored.log).toEqual([]);
}

/** A suite of cases with a rig of its own; each case is a test of that name. */
export function describeCases(title: string, cases: Readonly<Record<string, SoundnessCase>>): void {
  describe(title, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await createRig();
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    const numbered = Object.entries(cases).map(([what, sound], i) => ({ what, sound, name: `case-${i}` }));
    it.each(numbered)("$what", ({ sound, name }) => checkCase(rig, name, sound));
  });
}
