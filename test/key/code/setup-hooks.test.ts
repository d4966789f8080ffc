import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLine, derivationOf, helloEnvironment, keysOf, phaseOf, storePath } from "../example.ts";

const wrapper = "nativeBuildInputs.make-shell-wrapper-hook";

describe("functions of setup hooks", () => {
  const phases = ["unpackPhase", "prepPhase", "buildPhase", "installPhase", "fixupPhase"];
  const functions = new Map([
    ["prepPhase", "prepPhase () \n{ \n    helper --all\n}"],
    ["helper", "helper () \n{ \n    echo $installFlags; wrapProgram x\n}"],
    ["cmakeConfigurePhase", 'cmakeConfigurePhase () \n{ \n    [ -z "$doCheck" ] || true\n}'],
    ["unrelated", "unrelated () \n{ \n    echo $dontStrip\n}"],
  ]);

  it("are the text of a phase that is not an attribute, with the functions that they call", () => {
    expect(phaseOf("installFlags", { installFlags: "x" }, { phases, functions })).toBe("prepPhase");
    expect(phaseOf(wrapper, {}, { phases, functions })).toBe("prepPhase");
    expect(phaseOf("dontStrip", { dontStrip: "1" }, { phases, functions })).toBe("fixupPhase");
  });

  it("are the text of a standard phase that they replace", () => {
    expect(phaseOf("doCheck", {}, { functions })).toBe("checkPhase");
    const variables = new Map([["configurePhase", "cmakeConfigurePhase"]]);
    expect(phaseOf("doCheck", {}, { functions, variables })).toBe("configurePhase");
    expect(phaseOf("doCheck", { configurePhase: "cmakeConfigurePhase" }, { functions })).toBe(
      "configurePhase",
    );
  });

  it("are the text of a phase whose hooks they are", () => {
    const variables = new Map([["postPatchHooks", "helper"]]);
    expect(phaseOf("installFlags", { installFlags: "x" }, { functions, variables })).toBe("patchPhase");
  });
});

describe("code of a phase that setup hooks changed", () => {
  it("is an input of that phase", () => {
    const variables = new Map([
      ["postBuildHooks", "cargoInstallPostBuildHook"],
      ["installPhase", "cargoInstallHook"],
      ["unrelated", "x"],
    ]);
    expect(phaseOf("shell.postBuildHooks", {}, { variables })).toBe("buildPhase");
    expect(phaseOf("shell.installPhase", {}, { variables })).toBe("installPhase");
    expect(phaseOf("shell.unrelated", {}, { variables })).toBeUndefined();
  });

  it("is not an input when it equals the attribute or is empty", () => {
    const { postInstall } = helloEnvironment();
    const variables = new Map([
      ["postInstall", postInstall!],
      ["preBuildHooks", ""],
    ]);
    expect(phaseOf("shell.postInstall", {}, { variables })).toBeUndefined();
    expect(phaseOf("shell.preBuildHooks", {}, { variables })).toBeUndefined();
    expect(phaseOf("shell.postInstall", { postInstall: "other" }, { variables })).toBe("installPhase");
  });

  it("does not depend on output hashes", () => {
    const keys = (hash: string) => {
      const variables = new Map([["preBuild", `echo ${storePath(hash, "hello-2.12.1")}`]]);
      return keysOf(
        { ...helloEnvironment(), out: storePath(hash, "hello-2.12.1"), postInstall: "" },
        { variables },
      ).keys;
    };
    expect(keys("0")).toEqual(keys("1"));
  });
});

describe("the package's own builder", () => {
  it("is a text of the first phase", () => {
    const directory = mkdtempSync(join(tmpdir(), "phasecache-builder-"));
    try {
      const script = join(directory, "builder.sh");
      writeFileSync(script, 'source $stdenv/setup\npreConfigure() { echo "$installFlags"; }\ngenericBuild\n');
      const environment = { ...helloEnvironment(), installFlags: "x", dontStrip: "1" };
      const derivation = derivationOf(environment, [...commandLine.slice(0, 2), script]);
      expect(phaseOf("installFlags", {}, { derivation })).toBe("unpackPhase");
      expect(phaseOf("dontStrip", {}, { derivation })).toBe("fixupPhase");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
