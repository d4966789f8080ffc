import { join } from "node:path";
import { describe } from "vitest";
import { nix, type Places } from "../rig/nix.ts";
import { createPlaces, removeTree } from "../rig/places.ts";
import { project } from "../rig/project.ts";
import { nixPath, nixString } from "../rig.ts";

const checkout = process.env.PHASECACHE_NIXPKGS || null;
const absent = "skipped: PHASECACHE_NIXPKGS is not set";

/**
 * Runs `suite` with a replacement for nixpkgs (null), and with the nixpkgs checkout in `PHASECACHE_NIXPKGS`.
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

/** Evaluates Nix expressions with a private Nix store, without building. Disposing removes the store. */
export interface Evaluator extends Disposable {
  readonly places: Places;
  /** Returns the value of an expression, converted by JSON. @throws Error with Nix's messages when the evaluation fails */
  evaluate(expression: string): Promise<unknown>;
}

/** A file of the project, as a Nix path. */
export const projectFile = (name: string) => nixPath(join(project, name));

/** An expression for a package set with the overlay: that of a nixpkgs checkout, or (null) of the small stdenv. */
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
