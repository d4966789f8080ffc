import { afterAll, beforeAll, expect, it } from "vitest";
import { createEvaluator, describeBoth, type Evaluator, packageSet, projectFile } from "./rig.ts";

describeBoth("withPhaseCache", ["the small stdenv", "nixpkgs' own stdenv"], (nixpkgs) => {
  let evaluator: Evaluator;
  beforeAll(() => {
    evaluator = createEvaluator();
  });
  afterAll(() => evaluator[Symbol.dispose]());

  /** `body` sees `pkgs`, a `package`, `with'` (and `restricted`: for opt-in), and `same` on two derivations. */
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

  it("is the derivation that has the hook as its last input", async () => {
    const byHand = `package.overrideAttrs (old: {
      nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.phaseCacheHook ];
    })`;
    expect(await evaluate(`same (with' package) (${byHand})`)).toBe(true);
    expect(await evaluate("same (with' package) package")).toBe(false);
  });

  it("changes nothing the second time, nor where the hook came in as a store path", async () => {
    expect(await evaluate("same (with' (with' package)) (with' package)")).toBe(true);
    const path = "(add { phaseCacheHook = pkgs.phaseCacheHook.outPath; })";
    expect(await evaluate(`same (${path} package) (with' package)`)).toBe(true);
    expect(await evaluate(`same (with' (${path} package)) (with' package)`)).toBe(true);
  });

  it("leaves packages without phases as they are", async () => {
    expect(await evaluate(`let it = pkgs.runCommand "x" { } "touch $out"; in same (with' it) it`)).toBe(true);
  });

  it("restricted: asks for the system feature, once, with or without the hook being there", async () => {
    expect(await evaluate("(restricted (restricted package)).requiredSystemFeatures")).toEqual([
      "kvm",
      "phase-cache",
    ]);
    expect(await evaluate("(restricted (with' package)).requiredSystemFeatures")).toContain("phase-cache");
    expect(await evaluate("(with' package).requiredSystemFeatures")).toEqual(["kvm"]);
  });

  it.runIf(nixpkgs !== null)("keeps the output that was chosen", async () => {
    expect(await evaluate("(with' package.dev).outputName")).toBe("dev");
  });

  it("names what it cannot change", async () => {
    const raw = `derivation { name = "raw"; system = "x86_64-linux"; builder = "/bin/sh"; }`;
    await expect(evaluate(`with' (${raw})`)).rejects.toThrow(/raw was not made by stdenv\.mkDerivation/);
  });
});
