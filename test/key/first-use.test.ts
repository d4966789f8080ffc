import { describe, expect, it } from "vitest";
import { derivationOf, edited, keysOf, phaseOf, standardPhases, storePath } from "./example.ts";

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
  it("assigns the text of a custom phase, and the hooks around it, to that phase", () => {
    const phases = ["unpackPhase", "buildPhase", "reportPhase"];
    for (const name of ["reportPhase", "preReport", "postReport"])
      expect(phaseOf(name, { [name]: "lcov" }, { phases })).toBe("reportPhase");
    expect(phaseOf("preReport", { preReport: "x", buildPhase: "runHook preReport" }, { phases })).toBe(
      "buildPhase",
    );
    expect(phaseOf("preReport", { preReport: "x" })).toBe("unpackPhase");
  });

  it("assigns the text of a phase that it lacks to the phases that name it", () => {
    const phases = ["unpackPhase", "buildPhase"];
    const otherPhase = "echo $postFixup";
    expect(phaseOf("otherPhase", { otherPhase }, { phases })).toBeUndefined();
    const named = { otherPhase, buildPhase: "runPhase otherPhase", postFixup: "true" };
    for (const name of ["otherPhase", "postFixup"])
      expect(phaseOf(name, named, { phases })).toBe("buildPhase");
  });

  it("counts in its own order, not in stdenv's", () => {
    const phases = ["unpackPhase", "installPhase", "buildPhase"];
    expect(phaseOf("makeFlags", {}, { phases })).toBe("installPhase");
  });

  it("makes no phase use an attribute when it has none of the attribute's users", () => {
    expect(phaseOf("doCheck", {}, { phases: ["unpackPhase", "buildPhase"] })).toBeUndefined();
    expect(phaseOf("disabledTests", { disabledTests: "x" })).toBeUndefined();
    const nativeBuildInputs = storePath("n", "python-catch-conflicts-hook");
    expect(phaseOf("nativeBuildInputs.python-catch-conflicts-hook", { nativeBuildInputs })).toBe("distPhase");
    expect(phaseOf("disabledTests", { disabledTests: "x", preBuild: "echo $disabledTests" })).toBe(
      "buildPhase",
    );
    const phases = [...standardPhases, "pytestCheckPhase"];
    expect(phaseOf("disabledTests", { disabledTests: "x" }, { phases })).toBe("pytestCheckPhase");
  });
});

describe("a phase that its switch disables", () => {
  const phases = [...standardPhases, "pytestCheckPhase"];
  const functions = new Map([
    ["pytestCheckPhase", "pytestCheckPhase () \n{ \n    runHook preCheck;\n    python -m pytest\n}"],
  ]);
  const checked = { preCheck: "export FOO=$postDist", doCheck: "", postDist: "x" };

  it("uses none of its attributes", () => {
    expect(phaseOf("preCheck", checked)).toBeUndefined();
    expect(phaseOf("postDist", checked)).toBeUndefined();
    expect(phaseOf("preCheck", { ...checked, doCheck: "1" })).toBe("checkPhase");
    expect(phaseOf("preBuild", { preBuild: "x", dontBuild: "1" })).toBeUndefined();
    expect(phaseOf("makeFlags", { dontBuild: "1" })).toBe("checkPhase");
  });

  it("leaves them to the first other phase that names them", () => {
    for (const name of ["preCheck", "postDist"])
      expect(phaseOf(name, checked, { phases, functions })).toBe("pytestCheckPhase");
    expect(phaseOf("preCheck", { ...checked, postInstall: "runHook preCheck" })).toBe("installPhase");
  });

  it("uses its switch", () => {
    expect(phaseOf("doCheck", { doCheck: "" })).toBe("checkPhase");
    expect(phaseOf("dontBuild", { dontBuild: "1" })).toBe("buildPhase");
  });

  it("starts with the value that setup hooks left", () => {
    const on = { variables: new Map([["doCheck", "1"]]) };
    expect(phaseOf("preCheck", checked, on)).toBe("checkPhase");
    const off = { variables: new Map([["doCheck", ""]]) };
    expect(phaseOf("preCheck", { ...checked, doCheck: "1" }, off)).toBeUndefined();
  });

  it.each([
    ["an assignment", { preBuild: "doCheck=1" }],
    ["an export", { preBuild: "export doCheck" }],
    ["an assignment in an expansion", { preBuild: `: \${doCheck:=1}` }],
    ["another command", { preBuild: "read doCheck < file" }],
    ["an attribute of unknown purpose", { code: "doCheck=1", preBuild: "eval $code" }],
  ])("counts as enabled if a text may set its switch: %s", (_, attributes) => {
    expect(phaseOf("preCheck", { ...checked, ...attributes })).toBe("checkPhase");
    expect(keysOf(edited({ ...checked, ...attributes })).disabled).not.toContain("checkPhase");
  });

  it("stays disabled if a text only reads its switch", () => {
    const preConfigure = `if [ -z "\${doCheck-}" ] || [[ $doCheck == 0 ]]; then configureFlags+=" -T"; fi`;
    expect(phaseOf("preCheck", { ...checked, preConfigure })).toBeUndefined();
    expect(phaseOf("doCheck", { ...checked, preConfigure })).toBe("configurePhase");
    expect(keysOf(edited(checked)).disabled).toEqual(["checkPhase", "installCheckPhase", "distPhase"]);
  });

  it("counts if another phase calls its function by a composed name", () => {
    const attributes = {
      dontBuild: "1",
      buildFlags: "x",
      installPhase: `for p in build install; do \${p}Phase; done`,
    };
    const text = "buildPhase() {\n    make $buildFlags\n}\n";
    const derivation = { ...derivationOf(edited(attributes)), stdenvTexts: [text] };
    const functions = new Map([["buildPhase", text]]);
    expect(phaseOf("buildFlags", attributes, { derivation, functions })).toBe("installPhase");
  });
});
