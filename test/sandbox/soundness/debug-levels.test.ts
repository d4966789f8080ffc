import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restoredThrough } from "../rig/log.ts";
import { compareOutputs, createRig, type Rig } from "../rig.ts";

/** A package that logs, from level 6 on also each command of setup hooks and phases. */
const source = (level: string, postInstall: string) => `pkgs.stdenv.mkDerivation {
  name = "debug-${level}";
  __structuredAttrs = ${level === "7"};
  env.NIX_DEBUG = "${level}";
  nativeBuildInputs = [ pkgs.phaseCacheHook ];
  dontUnpack = true;
  doCheck = true;
  buildPhase = "runHook preBuild; echo $out > built; built=yes; runHook postBuild";
  installPhase = "mkdir $out; cp built $out; echo $built > $out/state; runHook postInstall";
  postInstall = "${postInstall}";
}`;

describe("a build that logs", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig();
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  it.each(["4", "6", "7"])("is restored, NIX_DEBUG=%s", async (level) => {
    const cold = await rig.build(source(level, ""));
    expect(cold.ok, cold.log).toBe(true);
    const edited = source(level, "echo edited > $out/edited");
    const restored = await rig.build(edited);
    expect(restored.ok, restored.log).toBe(true);
    expect(restoredThrough(restored.messages), restored.messages.join("\n")).toBe("installPhase");
    const clean = await rig.build(edited, { store: false });
    expect(compareOutputs(restored.outPaths, clean.outPaths)).toEqual([]);
  });
});
