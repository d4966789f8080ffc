import { afterAll, beforeAll, expect, it } from "vitest";
import { createEvaluator, describeBoth, type Evaluator, packageSet, projectFile } from "./rig.ts";

describeBoth("withPhaseCache", ["the small stdenv", "nixpkgs' own stdenv"], (nixpkgs) => {
  let evaluator: Evaluator;
  beforeAll(() => {
    evaluator = createEvaluator();
  });
  afterAll(() => evaluator[Symbol.dispose]());

  /**
   * Evaluates `body` with `pkgs`, `package`, `with'`, `restricted` (with opt-in) and `same` (of two derivations) in scope.
   */
  const evaluate = (body: string) =>
    evaluator.evaluate(`
      let
        pkgs = ${packageSet(nixpkgs)};
        add = more: import ${projectFile("nix/with-phase-cache.nix")} ({ inherit (pkgs) phaseCacheHook; } // more);
        with' = add { };
        restricted = add { restrictToOptIn = true; };
        same = a: b: a.drvPath == b.drvPath;
        package = pkgs.stdenv.mkDerivation {
          name = "sample"; outputs = [ "out" "dev" ];
          nativeBuildInputs = [ pkgs.makeWrapper null ]; requiredSystemFeatures = [ "kvm" ];
        };
      in ${body}`);

  it("returns the derivation with the hook as its last input", async () => {
    const byHand = `package.overrideAttrs (old: {
      nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.phaseCacheHook ];
    })`;
    expect(await evaluate(`same (with' package) (${byHand})`)).toBe(true);
    expect(await evaluate("same (with' package) package")).toBe(false);
  });

  it("does not add the hook twice, also when it was added as a store path", async () => {
    expect(await evaluate("same (with' (with' package)) (with' package)")).toBe(true);
    const path = "(add { phaseCacheHook = pkgs.phaseCacheHook.outPath; })";
    expect(await evaluate(`same (${path} package) (with' package)`)).toBe(true);
    expect(await evaluate(`same (with' (${path} package)) (with' package)`)).toBe(true);
  });

  it("does not change packages without phases", async () => {
    expect(await evaluate(`let it = pkgs.runCommand "x" { } "touch $out"; in same (with' it) it`)).toBe(true);
  });

  it("restricted: requires the system feature once, also when the hook was added before", async () => {
    expect(await evaluate("(restricted (restricted package)).requiredSystemFeatures")).toEqual([
      "kvm",
      "phase-cache",
    ]);
    expect(await evaluate("(restricted (with' package)).requiredSystemFeatures")).toContain("phase-cache");
    expect(await evaluate("(with' package).requiredSystemFeatures")).toEqual(["kvm"]);
  });

  it("names the inputs that only tests use, if the tests are enabled", async () => {
    const tested = (more: string) => `(with' (pkgs.stdenv.mkDerivation {
      name = "sample"; nativeBuildInputs = [ pkgs.makeWrapper ];
      nativeCheckInputs = [ pkgs.makeWrapper pkgs.installShellFiles null ];
      nativeInstallCheckInputs = [ pkgs.cmake ]; checkInputs = [ (throw "not available") ]; ${more}
    })).phaseCacheCheckInputs`;
    expect(await evaluate(tested("doCheck = true;").replace(`(throw "not available")`, ""))).toEqual([
      "install-shell-files",
    ]);
    expect(await evaluate(tested("doInstallCheck = true;"))).toEqual([expect.stringMatching(/^cmake/)]);
    expect(await evaluate(tested(""))).toBeNull();
    const own = `phaseCacheCheckInputs = [ "x" ];`;
    expect(await evaluate(tested(`doInstallCheck = true; ${own}`))).toEqual(["x"]);
  });

  it.runIf(nixpkgs !== null)("keeps the selected output", async () => {
    expect(await evaluate("(with' package.dev).outputName")).toBe("dev");
  });

  it("reports a derivation that it can't change", async () => {
    const raw = `derivation { name = "raw"; system = "x86_64-linux"; builder = "/bin/sh"; }`;
    await expect(evaluate(`with' (${raw})`)).rejects.toThrow(/raw was not made by stdenv\.mkDerivation/);
  });
});
