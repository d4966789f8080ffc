import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restoredThrough } from "./rig/log.ts";
import { project } from "./rig/project.ts";
import { compareOutputs, createRig, nixPath, type Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const tool = (name: string) =>
  `(pkgs.runCommand "${name}" { } "mkdir -p $out/bin; printf '#!/bin/sh\\necho ${name}\\n' > $out/bin/${name}; chmod +x $out/bin/${name}")`;
const hook = `(pkgs.makeSetupHook { name = "own-check-hook"; propagatedBuildInputs = [ ${tool("own-check")} ]; } (builtins.toFile "hook.sh" ''
ownCheckPhase() {
  runHook preCheck
  own-check > $out/checked
}
preDistPhases="''\${preDistPhases-} ownCheckPhase"
''))`;

/** A package to which withPhaseCache adds the hook. Each of its edits replaces attributes. */
function packageOf(pname: string, attributes: string, edit = ""): string {
  const function_ = nixPath(join(project, "nix/with-phase-cache.nix"));
  return `(import ${function_} { inherit (pkgs) phaseCacheHook; } (pkgs.stdenv.mkDerivation ({
    pname = "${pname}"; version = "1"; dontUnpack = true; buildPhase = "echo x > a";
    installPhase = "mkdir -p $out; cp a $out"; ${attributes}
  } // { ${edit} })))`;
}

async function checkEdit(name: string, attributes: string, edit: string, through: string): Promise<void> {
  expect((await rig.build(packageOf(name, attributes))).ok).toBe(true);
  const restored = await rig.build(packageOf(name, attributes, edit));
  const clean = await rig.build(packageOf(name, attributes, edit), { store: false });
  expect(restored.ok, restored.log).toBe(true);
  expect(restoredThrough(restored.messages), restored.log).toBe(through);
  expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
}

describe("withPhaseCache", () => {
  const tested = `nativeCheckInputs = [ ${tool("frob")} ]; doCheck = true; checkPhase = "frob";`;
  const python = `doInstallCheck = true; installCheckPhase = "true"; nativeInstallCheckInputs = [ ${hook} ]; preCheck = "echo before";`;

  it.each([
    ["doCheck turned off", tested, "doCheck = false;", "buildPhase"],
    ["doCheck turned on", tested.replace("true", "false"), "doCheck = true;", "buildPhase"],
    [
      "another input of tests",
      tested,
      `nativeCheckInputs = [ ${tool("frob")} ${tool("extra")} ];`,
      "buildPhase",
    ],
    ["a hook with a phase of its own", python, "preCheck = null;", "installCheckPhase"],
    [
      "an input of installCheckPhase",
      python,
      `nativeInstallCheckInputs = [ ${tool("extra")} ];`,
      "fixupPhase",
    ],
  ])("%s", async (what, attributes, edit, through) => {
    await checkEdit(what.replaceAll(" ", "-"), attributes, edit, through);
  });
});
