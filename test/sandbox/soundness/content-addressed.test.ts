import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareOutputs, createRig, type Rig } from "../rig.ts";
import { restoredThrough } from "./check.ts";

const derivation = (outputs: string, edit: string) => `(pkgs.stdenv.mkDerivation {
  pname = "content-addressed"; version = "1"; dontUnpack = true; nativeBuildInputs = [ pkgs.phaseCacheHook ];
  __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputs = ${outputs};
  buildPhase = "echo $out > name";
  installPhase = ''for one in $outputs; do mkdir -p ''\${!one}; cp name ''\${!one}; done; runHook postInstall'';
  ${edit}
})`;

describe("content-addressed outputs", () => {
  const settings = { "experimental-features": "ca-derivations" };
  let rigs: Rig[];
  // Nix does not rebuild what it has built, so the clean build uses another store.
  beforeAll(async () => {
    rigs = await Promise.all([createRig({ settings }), createRig({ settings })]);
  });
  afterAll(() => Promise.all(rigs.map((rig) => rig[Symbol.asyncDispose]())));

  it.each([
    ["one", '[ "out" ]'],
    ["two, one of which refers to the other", '[ "out" "dev" ]'],
  ])("%s", async (_, outputs) => {
    const [rig, other] = rigs as [Rig, Rig];
    const edit = `preInstall = "true # edited";`;
    const cold = await rig.build(derivation(outputs, ""));
    expect(cold.ok, cold.log).toBe(true);
    const restored = await rig.build(derivation(outputs, edit));
    const clean = await other.build(derivation(outputs, edit), { store: false });
    expect(restoredThrough(restored.messages), restored.log).toBe("buildPhase");
    expect(Object.keys(restored.outPaths).sort()).toEqual(Object.keys(clean.outPaths).sort());
    expect(compareOutputs(restored.outPaths, clean.outPaths), restored.log).toEqual([]);
  });
});
