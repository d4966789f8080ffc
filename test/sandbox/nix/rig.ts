import { join } from "node:path";
import { describe } from "vitest";
import { nix, type Places } from "../rig/nix.ts";
import { createPlaces, removeTree } from "../rig/places.ts";
import { project } from "../rig/project.ts";
import { nixPath, nixString } from "../rig.ts";

const checkout = process.env.PHASECACHE_NIXPKGS || null;
const absent = "skipped: PHASECACHE_NIXPKGS names no checkout";

/**
 * Runs `suite` with what stands in for nixpkgs where there is none (null), and with the nixpkgs checkout that
 * `PHASECACHE_NIXPKGS` names.
 */
export function describeBoth(
  what: string,
  [standIn, real]: readonly [string, string],
  suite: (nixpkgs: string | null) => void,
): void {
  describe(`${what}, with ${standIn}`, () => suite(null));
  describe.skipIf(checkout === null)(`${what}, with ${real}${checkout === null ? ` (${absent})` : ""}`, () =>
    suite(checkout ?? ""),
  );
}

/** Evaluates Nix expressions with a private Nix store, and builds nothing. Gone when disposed of. */
export interface Evaluator extends Disposable {
  readonly places: Places;
  /** The value of an expression, through JSON. Throws what Nix says when it cannot be evaluated. */
  evaluate(expression: string): Promise<unknown>;
}

/** A file of the project as a Nix path. */
export const projectFile = (name: string) => nixPath(join(project, name));

/** An expression for a package set with the overlay: of a nixpkgs checkout, or (null) of the small stdenv. */
export function packageSet(nixpkgs: string | null): string {
  const argument = nixpkgs === null ? "" : `nixpkgs = ${nixPath(nixpkgs)};`;
  return `(import ${projectFile("test/sandbox/host-pkgs.nix")} { ${argument} node = ${nixString(process.execPath)}; })`;
}

export function createEvaluator(): Evaluator {
  const places = createPlaces(undefined);
  return {
    places,
    evaluate: async (expression) => {
      const options = ["--eval", "--strict", "--json", "--read-write-mode"];
      const { ok, stdout, stderr } = await nix(places, "nix-instantiate", [...options, "-E", expression]);
      if (!ok) throw new Error(stderr);
      return JSON.parse(stdout);
    },
    [Symbol.dispose]: () => removeTree(places.root),
  };
}
