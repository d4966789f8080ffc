import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { escapeRegExp } from "../../../runtime/util/regexp.ts";
import { upstreamTarball } from "../../survey/sources.ts";
import { compilerCalls, compilerCounter } from "../compiler-calls.ts";
import { restoredThrough } from "../rig/log.ts";
import { project } from "../rig/project.ts";
import { type BuildResult, compareOutputs, createRig, nixPath, type Rig } from "../rig.ts";
import { example, fetchSources } from "../sources.ts";
import { type Cost, record } from "./costs.ts";
import type { Edit, Language } from "./language.ts";

/** Downloads a language's sources. Returns a Nix expression for them, and the folder with the tarballs. */
async function sourcesOf({ source, tarballsOf }: Language): Promise<{ src: string; tarballs: string }> {
  const names = [tarballsOf, "example" in source ? source.example : undefined].filter(
    (name) => name !== undefined,
  );
  const { folder: tarballs, missing } = await fetchSources(names);
  expect(missing).toEqual({});
  if ("example" in source) return { src: `${String(example(source.example))}.src`, tarballs };
  const path =
    "sample" in source
      ? join(import.meta.dirname, "../samples", source.sample)
      : await upstreamTarball(source.debian);
  return { src: nixPath(path), tarballs };
}

/** A Nix expression for a language's package with an edit. */
function edited({ file }: Language, src: string, attributes: readonly string[]): string {
  const changes = attributes.map((text) => `(old: { ${text} })`).join(" ");
  return `let
    package = import ${nixPath(join(import.meta.dirname, file))} { inherit pkgs; src = ${src}; };
    withPhaseCache = import ${nixPath(join(project, "nix/with-phase-cache.nix"))} { inherit (pkgs) phaseCacheHook; };
    apply = old: change: old // change old;
    counted = old: { nativeBuildInputs = old.nativeBuildInputs ++ [ ${compilerCounter} ]; };
  in withPhaseCache (package.build (builtins.foldl' apply package.attributes [ counted ${changes} ]))`;
}

function expectSuccess(build: BuildResult): void {
  expect(build.ok, `${build.messages.join("\n")}\n${build.log}`).toBe(true);
}

const isNightly = Boolean(process.env.PHASECACHE_NIGHTLY);

/** Tests each edit of a language: what it restores, that nothing is compiled, and that the outputs equal a clean build's. */
export function checkLanguage(language: Language): void {
  const stdenv = process.env.PHASECACHE_NIXPKGS ? "nixpkgs' own stdenv" : "the small stdenv";
  describe(`${language.title}, with ${stdenv}: an edit of`, () => {
    let rig: Rig;
    let src: string;
    const costs: Record<string, Cost> = {};
    const tested = Object.entries(language.edits).filter(([, { nightly }]) => !nightly || isNightly);
    const build = (attributes: string[], store = true) =>
      rig.build(edited(language, src, attributes), { store });
    beforeAll(async () => {
      const sources = await sourcesOf(language);
      src = sources.src;
      rig = await createRig(sources);
      const cold = await build([]);
      expectSuccess(cold);
      expect(compilerCalls(cold), cold.log).toBeGreaterThan(0);
    });
    afterAll(async () => {
      if (process.env.PHASECACHE_RECORD) record(language, costs);
      await rig[Symbol.asyncDispose]();
    });

    it.each(tested)("%s", async (name, edit) => {
      const { attributes, before, compilesTests } = edit;
      if (before !== undefined) expectSuccess(await build([before]));
      const restored = await build([attributes]);
      expectSuccess(restored);
      expect(String(restoredThrough(restored.messages)), restored.messages.join("\n")).toMatch(phaseOf(edit));
      const clean = await build([attributes], false);
      expectSuccess(clean);
      expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
      const calls: Cost["calls"] = [compilerCalls(restored), compilerCalls(clean)];
      if (compilesTests) expect(calls[0]).toBeLessThan(calls[1]);
      else expect(calls[0], restored.log).toBe(0);
      costs[name] = { time: Math.round((100 * restored.seconds) / clean.seconds) / 100, calls };
    });
  });
}

/** Matches the phase through which an edit is restored, with the hook after it unless the edit is one of that hook. */
function phaseOf({ through, editsHook }: Edit): RegExp {
  return new RegExp(`^${escapeRegExp(through)}${editsHook ? "" : "(?:\\+post\\w+)?"}$`);
}
