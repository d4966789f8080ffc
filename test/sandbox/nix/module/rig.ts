import { afterAll, beforeAll } from "vitest";
import { createEvaluator, describeBoth, type Evaluator, packageSet, projectFile } from "../rig.ts";

const evaluators = [
  "a stand-in for the module system, which checks no types",
  "nixpkgs' module system",
] as const;

/** The store's path in builds. */
export const guest = "/var/cache/phasecache";

export interface Surroundings {
  /** Other options of the system. */
  more?: string;
  /** Whether NixOS has programs.nix-required-mounts. */
  requiredMounts?: boolean;
}

/** Evaluates `body` with `config` in scope: the configuration for `programs.phasecache = { <settings> }`. */
export type Evaluate = (settings: string, body: string, surroundings?: Surroundings) => Promise<unknown>;

/** Describes tests of the NixOS module, which run with the replacement for nixpkgs' module system and with the real one. */
export function describeModule(what: string, suite: (evaluate: Evaluate, isNixpkgs: boolean) => void): void {
  describeBoth(what, evaluators, (nixpkgs) => {
    let evaluator: Evaluator;
    beforeAll(() => {
      evaluator = createEvaluator();
    });
    afterAll(() => evaluator[Symbol.dispose]());

    const evaluate: Evaluate = (settings, body, { more = "", requiredMounts = true } = {}) =>
      evaluator.evaluate(`
        let
          pkgs = ${packageSet(nixpkgs)};
          lib = ${nixpkgs === null ? `import ${projectFile("test/sandbox/nix/module/lib.nix")}` : "pkgs.lib"};
          inherit (lib.evalModules {
            modules = [
              ${projectFile("nix/module.nix")}
              ${projectFile("test/sandbox/nix/module/options.nix")}
              ${requiredMounts ? projectFile("test/sandbox/nix/module/required-mounts.nix") : ""}
              { config.programs.phasecache = { ${settings} }; }
              { config = { ${more} }; }
            ];
            specialArgs = { inherit pkgs; };
          }) config;
        in ${body}`);
    suite(evaluate, nixpkgs !== null);
  });
}
