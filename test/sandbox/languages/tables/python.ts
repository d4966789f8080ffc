import type { Language } from "../language.ts";

export const python: Language = {
  title: "Python (buildPythonPackage)",
  text: "",
  tools: "",
  file: "python.nix",
  source: { example: "markupsafe" },
  edits: {
    disabledTests: {
      attributes: `disabledTests = [ "test_splitting" ];`,
      through: "pythonImportsCheckPhase",
      runs: "the tests",
    },
    pytestFlags: {
      attributes: `pytestFlags = [ "-v" ];`,
      through: "pythonImportsCheckPhase",
      runs: "the tests",
    },
    preCheck: {
      attributes: `preCheck = "export SEED=1";`,
      through: "pythonImportsCheckPhase",
      runs: "the tests",
    },
    pythonImportsCheck: {
      attributes: `pythonImportsCheck = [ "markupsafe" "markupsafe._speedups" ];`,
      through: "pythonRemoveBinBytecodePhase",
      runs: "the import and the tests",
    },
    nativeCheckInputs: {
      attributes: `nativeCheckInputs = old.nativeCheckInputs ++ [ pkgs.python3Packages.pytest-mock ];`,
      through: "pythonImportsCheckPhase",
      runs: "the tests",
    },
    "doCheck (off)": {
      attributes: `doCheck = false;`,
      through: "fixupPhase",
      runs: "the import",
    },
    makeWrapperArgs: {
      attributes: `makeWrapperArgs = [ "--set" "EDITED" "1" ];`,
      through: "pythonOutputDistPhase",
      runs: "fixupPhase and what follows",
    },
    postInstall: {
      attributes: `postInstall = old.postInstall + "mkdir -p $out/share; echo edited > $out/share/note\\n";`,
      through: "installPhase",
      runs: "postInstall and what follows",
    },
    postFixup: {
      attributes: `postFixup = "mkdir -p $out/share; echo edited > $out/share/note";`,
      through: "fixupPhase",
      runs: "postFixup and the tests",
    },
    postBuild: {
      attributes: `postBuild = "echo edited > note";`,
      through: "buildPhase",
      runs: "postBuild and what follows",
    },
    "versionCheckHook (added)": {
      attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.versionCheckHook ]; dontVersionCheck = true;`,
      through: "fixupPhase",
      runs: "the tests",
    },
    "installShellFiles (removed)": {
      attributes: `nativeBuildInputs = builtins.filter (package: package != pkgs.installShellFiles) old.nativeBuildInputs;`,
      through: "pythonRuntimeDepsCheckHook",
      runs: "installPhase and what follows",
    },
    "a phase in postPhases": {
      attributes: `postPhases = [ "listPhase" ]; listPhase = "ls $out > $out/list";`,
      through: "pytestCheckPhase",
      runs: "the phase",
    },
  },
};
