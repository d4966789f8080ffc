import { describe, expect, it } from "vitest";
import {
  cmake,
  commandLine,
  derivationOf,
  edited,
  firstDifference,
  helloEnvironment,
  hook,
  keysOf,
  standardPhases,
  storePath,
  wrapper,
} from "./example.ts";

const hello = helloEnvironment();
const base = keysOf(hello);

const native = (...paths: string[]) => ({ nativeBuildInputs: paths.join(" ") });

describe("the first phase for which an edit matters", () => {
  it.each<[string, string, Record<string, string | undefined>]>([
    ["unpackPhase", "another source", { src: storePath("t", "hello-2.12.1.tar.gz") }],
    ["unpackPhase", "another version", { version: "2.13", name: "hello-2.13" }],
    ["unpackPhase", "another stdenv", { stdenv: storePath("y", "stdenv-linux") }],
    ["unpackPhase", "another system", { system: "aarch64-linux" }],
    ["unpackPhase", "another build directory", { NIX_BUILD_TOP: "/tmp/build" }],
    ["unpackPhase", "another store directory", { NIX_STORE: "/gnu/store" }],
    ["unpackPhase", "another shell", { builder: "/bin/sh" }],
    ["unpackPhase", "an unknown attribute", { ANYTHING: "1" }],
    ["unpackPhase", "an attribute called format", { format: "pyproject" }],
    ["unpackPhase", "an added output", { outputs: "out dev man", man: storePath("m", "hello-man") }],
    ["unpackPhase", "an added package", native(cmake, hook, wrapper, storePath("n", "ninja-1.12"))],
    ["unpackPhase", "a removed package", native(hook, wrapper)],
    ["unpackPhase", "another build of a package", native(storePath("q", "cmake-3.29.2"), hook, wrapper)],
    ["unpackPhase", "a package for another list", { propagatedBuildInputs: storePath("j", "zlib-1.3") }],
    [
      "unpackPhase",
      "packages in another order",
      { buildInputs: hello.buildInputs!.split(" ").reverse().join(" ") },
    ],
    ["unpackPhase", "a late package of another store", native(cmake, hook, "/opt/make-shell-wrapper-hook")],
    ["patchPhase", "another patch", { patches: `${hello.patches} ${storePath("r", "more.patch")}` }],
    ["patchPhase", "a hook after patching", { postPatch: "sed -i s/a/b/ x" }],
    ["configurePhase", "configureFlags", { configureFlags: "--enable-nls" }],
    ["configurePhase", "preConfigure", { preConfigure: "export FOO=2" }],
    ["configurePhase", "another cmakeFlags", { cmakeFlags: "-DX=1" }],
    ["buildPhase", "makeFlags", { makeFlags: "V=0" }],
    ["buildPhase", "makeFlags removed", { makeFlags: undefined }],
    ["buildPhase", "a custom buildPhase", { buildPhase: "make all" }],
    ["buildPhase", "features of a crate", { cargoBuildFeatures: "tls" }],
    ["buildPhase", "flags of a wheel", { pypaBuildFlags: "-Cx=y" }],
    ["buildPhase", "parallel building", { enableParallelBuilding: "1" }],
    ["checkPhase", "no tests", { doCheck: "" }],
    ["checkPhase", "features of a crate's tests", { cargoCheckFeatures: "tls" }],
    ["checkPhase", "checkTarget", { checkTarget: "check-quick" }],
    ["checkPhase", "parallel tests", { enableParallelChecking: "1" }],
    ["installPhase", "installPhase", { installPhase: "make install" }],
    ["installPhase", "postInstall", { postInstall: "true" }],
    ["installPhase", "installFlags", { installFlags: "x" }],
    ["installPhase", "a removed late package", native(cmake, hook)],
    [
      "installPhase",
      "an added late package",
      native(cmake, hook, wrapper, storePath("v", "install-shell-files")),
    ],
    ["installPhase", "a late package in another list", { depsBuildBuild: wrapper }],
    ["installPhase", "the same late package twice", native(cmake, wrapper, wrapper)],
    ["fixupPhase", "dontStrip", { dontStrip: "1" }],
    ["fixupPhase", "postFixup", { postFixup: "true" }],
    ["fixupPhase", "autoPatchelfFlags", { autoPatchelfFlags: "--keep-libc" }],
    ["fixupPhase", "a package for fixupPhase", native(cmake, wrapper, storePath("u", "auto-patchelf-hook"))],
    ["installCheckPhase", "doInstallCheck", { doInstallCheck: "1" }],
    [
      "installCheckPhase",
      "a package for installCheckPhase",
      native(cmake, hook, wrapper, storePath("v", "udev-check-hook")),
    ],
    ["distPhase", "doDist", { doDist: "1" }],
  ])("%s: %s", (phase, _, edit) => {
    expect(firstDifference(base, keysOf(edited(edit)))).toBe(phase);
  });

  // What setup hooks and builders of languages, of wrappers and of tests use.
  it.each<[string, string[]]>([
    ["patchPhase", ["npmFlags", "npmDeps", "makeCacheWritable"]],
    [
      "configurePhase",
      [
        "mesonBuildDir",
        "dontUseMesonCheck",
        "dontUseMesonInstall",
        "dontUseCmakeConfigure",
        "makeMakerFlags",
        "pnpmInstallFlags",
        "goModules",
      ],
    ],
    ["buildPhase", ["ldflags", "subPackages", "buildFeatures", "cargoBuildType", "buildAndTestSubdir"]],
    [
      "buildPhase",
      ["dontUsePypaBuild", "pythonRelaxDeps", "npmWorkspace", "yarnBuildFlags", "zigBuildFlags"],
    ],
    [
      "checkPhase",
      ["cargoTestFlags", "checkFeatures", "checkType", "useNextest", "dontAddTimeoutMultiplier"],
    ],
    [
      "checkPhase",
      ["dontUseNinjaCheck", "postgresqlTestSetupSQL", "bustedFlags", "zigCheckFlags", "gradleCheckTask"],
    ],
    [
      "installPhase",
      ["dontNpmInstall", "dontInstallFonts", "dontUsePypaInstall", "gemFlags", "dontUseNinjaInstall"],
    ],
    [
      "fixupPhase",
      ["permitUserSite", "pythonPath", "dontWrapPythonPrograms", "pythonNamespaces", "wrapPrefixVariables"],
    ],
    ["fixupPhase", ["dontWrapGApps", "dontWrapQtApps", "tclWrapperArgs", "dontUseAutoAddDriverRunpath"]],
    ["installCheckPhase", ["dontUdevCheck", "preUdevCheck", "dontUsePytestXdist"]],
    ["distPhase", ["dontUseBmakeDist"]],
  ])("%s: %s", (phase, names) => {
    const enabled = { doInstallCheck: "1", doDist: "1" };
    const before = keysOf(edited(enabled));
    for (const name of names)
      expect(firstDifference(before, keysOf(edited({ ...enabled, [name]: "x" }))), name).toBe(phase);
  });

  it.each<[string, string]>([
    ["buildPhase", "cargo-build-hook.sh"],
    ["buildPhase", "python-relax-deps-hook"],
    ["checkPhase", "cargo-check-hook.sh"],
    ["checkPhase", "cargo-nextest-0.9.100"],
    ["checkPhase", "postgresql-test-hook"],
    ["checkPhase", "pytest-check-hook"],
    ["checkPhase", "python3.13-pytest-8.4.1"],
    ["checkPhase", "python3.14-pytest-cov-6.1.1"],
    ["installPhase", "install-fonts-hook"],
    ["installPhase", "npm-install-hook"],
    ["fixupPhase", "auto-add-driver-runpath-hook"],
    ["fixupPhase", "python-remove-tests-dir-hook"],
    ["fixupPhase", "validate-pkg-config"],
    ["fixupPhase", "wrap-gapps-hook"],
    ["fixupPhase", "wrap-qt6-apps-hook"],
    ["fixupPhase", "wrap-python-hook"],
  ])("%s: the package %s", (phase, name) => {
    const [before, after] = [native(cmake), native(cmake, storePath("u", name))].map((inputs) =>
      keysOf(edited({ postInstall: undefined, ...inputs })),
    );
    expect(firstDifference(before!, after!)).toBe(phase);
  });

  it("installPhase: a hook that brings wrapProgram, if postInstall calls that", () => {
    const after = keysOf(edited(native(cmake, hook, wrapper, storePath("u", "wrap-gapps-hook"))));
    expect(firstDifference(base, after)).toBe("installPhase");
  });

  it.each<[string, string]>([
    ["buildPhase", "python3.13 -m pytest"],
    ["buildPhase", "py.test x"],
    ["checkPhase", "make all"],
  ])("%s: pytest, in a package whose buildPhase is %j", (phase, buildPhase) => {
    const [before, after] = [native(cmake), native(cmake, storePath("u", "python3.13-pytest-8.4.1"))].map(
      (inputs) => keysOf(edited({ buildPhase, ...inputs })),
    );
    expect(firstDifference(before!, after!)).toBe(phase);
  });

  it("configurePhase: pytest, in a package whose configurePhase looks for modules", () => {
    for (const configurePhase of ["mesonConfigurePhase", "cmakeConfigurePhase"]) {
      const [before, after] = [native(cmake), native(cmake, storePath("u", "python3.13-pytest-8.4.1"))].map(
        (inputs) => keysOf(edited(inputs), { variables: new Map([["configurePhase", configurePhase]]) }),
      );
      expect(firstDifference(before!, after!)).toBe("configurePhase");
    }
  });

  it.each<[string, string, string[]]>([
    [
      "pytestCheckPhase",
      "distPhase",
      ["enabledTests", "enabledTestPaths", "enabledTestMarks", "disabledTestMarks"],
    ],
    ["pytestCheckPhase", "distPhase", ["disabledTests", "pytestFlags", "dontUsePytestCheck"]],
    ["unittestCheckPhase", "distPhase", ["unittestFlags", "unittestFlagsArray", "dontUseUnittestCheck"]],
    ["pythonImportsCheckPhase", "distPhase", ["pythonImportsCheck", "dontUsePythonImportsCheck"]],
    ["pythonCatchConflictsPhase", "distPhase", ["dontUsePythonCatchConflicts"]],
    ["pythonRuntimeDepsCheckHook", "installPhase", ["dontCheckRuntimeDeps"]],
    ["gappsWrapperArgsHook", "fixupPhase", ["wrapPrefixVariables"]],
    ["dropIconThemeCache", "fixupPhase", ["dontDropIconThemeCache"]],
    ["buildSphinxPhase", "fixupPhase", ["sphinxRoot", "sphinxBuilders"]],
  ])("%s, which comes before %s: %s", (phase, next, names) => {
    const phases = standardPhases.flatMap((one) => (one === next ? [phase, one] : [one]));
    const before = keysOf(hello, { phases });
    for (const name of names) {
      const after = keysOf(edited({ [name]: "x" }), { phases });
      expect(firstDifference(before, after, phases), name).toBe(phase);
    }
  });

  it.each([
    ["the main program", { NIX_MAIN_PROGRAM: "hi" }],
    ["an option of versionCheckHook", { versionCheckKeepEnvironment: "HOME" }],
    ["a hook", { preInstallCheck: "true" }],
  ])("installCheckPhase, once doInstallCheck enables it: %s", (_, edit) => {
    const before = keysOf(edited({ doInstallCheck: "1" }));
    expect(firstDifference(before, keysOf(edited({ doInstallCheck: "1", ...edit })))).toBe(
      "installCheckPhase",
    );
    expect(keysOf(edited(edit)).keys).toEqual(base.keys);
  });

  it("no phase, for variables of phases that the package does not have", () => {
    for (const name of ["disabledTests", "pytestFlags", "pythonImportsCheck", "dontDropIconThemeCache"])
      expect(firstDifference(base, keysOf(edited({ [name]: "x" }))), name).toBeUndefined();
  });

  it.each<[string, Record<string, string | undefined>]>([
    ["cores", { NIX_BUILD_CORES: "64" }],
    ["terminal and log", { TERM: "dumb", NIX_LOG_FD: undefined }],
    ["temporary directories", { TMPDIR: "/x", TEMP: "/x", TMP: "/x", TEMPDIR: "/x", PWD: "/x" }],
    [
      "attributes that only Nix uses",
      { preferLocalBuild: "1", requiredSystemFeatures: "kvm", disallowedReferences: cmake },
    ],
    [
      "attributes of Python and Gradle that no phase reads",
      { catchConflicts: "1", gradleUpdateTask: "x", venvDir: "x" },
    ],
    ["hook options", { phaseCacheQuiet: "1", phaseCacheThrough: "buildPhase", phaseCacheDir: "/x" }],
    ["phasecache's own path removed", native(cmake, wrapper)],
    [
      "phasecache's own path in another list",
      { ...native(cmake, wrapper), buildInputs: `${hook} ${hello.buildInputs}` },
    ],
    ["postPhases, whose phases the list has", { postPhases: "" }],
    ["the order of a late package among others", native(wrapper, cmake, hook)],
    ["white space in a dependency list", { buildInputs: `  ${hello.buildInputs!.replace(" ", "\n ")} ` }],
  ])("no phase: %s", (_, edit) => {
    expect(keysOf(edited(edit)).keys).toEqual(base.keys);
  });

  it("a renamed phase matters from that phase on", () => {
    const phases = [...standardPhases.slice(0, -1), "reportPhase"];
    expect(firstDifference(base, keysOf(hello, { phases }))).toBe("distPhase");
    expect(keysOf(hello, { phases: [...standardPhases, "reportPhase"] }).keys.slice(0, 9)).toEqual(base.keys);
    expect(firstDifference(base, keysOf(hello, { phases: ["prePhase", ...standardPhases] }))).toBe(
      "unpackPhase",
    );
  });

  it("another format version or builder matters for all phases", () => {
    expect(firstDifference(base, keysOf(hello, { formatVersion: 2 }))).toBe("unpackPhase");
    const derivation = derivationOf(hello, [...commandLine, "x"]);
    expect(firstDifference(base, keysOf(hello, { derivation }))).toBe("unpackPhase");
  });
});
