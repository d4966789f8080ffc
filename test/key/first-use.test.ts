import { describe, expect, it } from "vitest";
import { phaseOf, standardPhases, storePath } from "./example.ts";

const wrapper = "nativeBuildInputs.make-shell-wrapper-hook";

describe("a text that names an attribute is a use of it", () => {
  it.each<[string, string, Record<string, string>]>([
    ["patchPhase", "makeFlags", { postPatch: "echo $makeFlags >> config.mk" }],
    [
      "configurePhase",
      "installFlags",
      { preConfigure: 'configureFlags+=" $installFlags"', installFlags: "x" },
    ],
    ["unpackPhase", "dontStrip", { preHook: 'test -n "$dontStrip"', dontStrip: "1" }],
    [
      "buildPhase",
      "postFixup",
      { unknown: "runHook postFixup", preBuild: 'eval "$unknown"', postFixup: "true" },
    ],
    ["fixupPhase", "postFixup", { unknown: "as postFixup does", postFixup: "true" }],
    ["fixupPhase", "postFixup", { name: "postFixup-1.0", pname: "postFixup", postFixup: "true" }],
    ["unpackPhase", "postFixup", { userHook: "runHook postFixup", postFixup: "true" }],
    ["buildPhase", "installFlags", { buildFlags: "$installFlags", installFlags: "x" }],
    ["buildPhase", "postInstall", { preBuild: "postInstall" }],
    ["installPhase", "stripAllList", { installPhase: "echo $stripAllList", stripAllList: "bin" }],
    ["fixupPhase", "stripAllList", { installPhase: "echo $stripAllListTarget", stripAllList: "bin" }],
    ["fixupPhase", "stripAllList", { installPhase: "echo xstripAllList", stripAllList: "bin" }],
    [
      "fixupPhase",
      "stripAllList",
      { installPhase: `cat ${storePath("v", "stripAllList")}`, stripAllList: "bin" },
    ],
    ["fixupPhase", "stripAllList", { postFixup: "echo $stripAllList", stripAllList: "bin" }],
    ["buildPhase", "preferLocalBuild", { buildPhase: "echo $preferLocalBuild", preferLocalBuild: "1" }],
    ["configurePhase", "postPhases", { preConfigure: "postPhases+=' x'", postPhases: "" }],
  ])("in %s: %s", (phase, name, attributes) => {
    expect(phaseOf(name, attributes)).toBe(phase);
  });

  it("also through a chain of other texts", () => {
    const chain = {
      preBuild: "$installFlags",
      installFlags: "$distFlags",
      distFlags: "$tarballs",
      tarballs: "x",
    };
    for (const name of ["installFlags", "distFlags", "tarballs"])
      expect(phaseOf(name, chain)).toBe("buildPhase");
  });

  it("and a text that prints the environment uses every attribute", () => {
    const attributes = { buildPhase: "make; env > env.txt", dontStrip: "1", preferLocalBuild: "1" };
    for (const name of ["postInstall", "dontStrip", "preferLocalBuild", wrapper]) {
      expect(phaseOf(name, attributes)).toBe("buildPhase");
    }
    expect(phaseOf("preConfigure", attributes)).toBe("configurePhase");
  });
});

describe("a late package", () => {
  it.each<[string, Record<string, string>]>([
    ["installPhase", { postInstall: "wrapProgram $out/bin/x" }],
    ["installPhase", { postFixup: "wrapProgram $out/bin/x" }],
    ["buildPhase", { postBuild: "makeWrapper a b" }],
    ["patchPhase", { postPatch: "die 'no such file'" }],
    ["installPhase", { shellCode: "wrapProgram x" }],
    ["buildPhase", { shellCode: "wrapProgram x", postBuild: "$shellCode" }],
    ["installPhase", { postBuild: "makeWrapperArgs=x" }],
    ["installPhase", { postBuild: `ls ${storePath("w", "makeWrapper")}` }],
  ])("belongs to %s with %j", (phase, attributes) => {
    expect(phaseOf(wrapper, attributes)).toBe(phase);
  });

  it("may have commands with dashes", () => {
    const nativeBuildInputs = storePath("n", "nuke-references");
    const name = "nativeBuildInputs.nuke-references";
    expect(phaseOf(name, { nativeBuildInputs })).toBe("installPhase");
    expect(phaseOf(name, { nativeBuildInputs, postBuild: "nuke-refs x" })).toBe("buildPhase");
  });

  it("belongs to the first phase when its own phase is not in the list", () => {
    expect(phaseOf(wrapper, {}, { phases: ["unpackPhase", "buildPhase"] })).toBe("unpackPhase");
  });
});

describe("the list of phases", () => {
  it("assigns the text of a custom phase to that phase", () => {
    const phases = ["unpackPhase", "buildPhase", "reportPhase"];
    expect(phaseOf("reportPhase", { reportPhase: "lcov" }, { phases })).toBe("reportPhase");
    expect(phaseOf("otherPhase", { otherPhase: "x" }, { phases })).toBe("unpackPhase");
  });

  it("counts in its own order, not in stdenv's", () => {
    const phases = ["unpackPhase", "installPhase", "buildPhase"];
    expect(phaseOf("makeFlags", {}, { phases })).toBe("installPhase");
  });

  it("assigns an attribute to the first phase when it has none of stdenv's phases that use the attribute", () => {
    expect(phaseOf("doCheck", {}, { phases: ["unpackPhase", "buildPhase"] })).toBe("unpackPhase");
  });

  it("assigns an attribute of a setup hook's phase to the last phase when it does not have that phase", () => {
    expect(phaseOf("disabledTests", { disabledTests: "x" })).toBe("distPhase");
    const nativeBuildInputs = storePath("n", "python-catch-conflicts-hook");
    expect(phaseOf("nativeBuildInputs.python-catch-conflicts-hook", { nativeBuildInputs })).toBe("distPhase");
    expect(phaseOf("disabledTests", { disabledTests: "x", preBuild: "echo $disabledTests" })).toBe(
      "buildPhase",
    );
    const phases = [...standardPhases, "pytestCheckPhase"];
    expect(phaseOf("disabledTests", { disabledTests: "x" }, { phases })).toBe("pytestCheckPhase");
  });
});
