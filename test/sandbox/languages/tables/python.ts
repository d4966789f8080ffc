import { commonEdits } from "../edits.ts";
import type { Language } from "../language.ts";

/** pythonRuntimeDepsCheckHook, before installPhase, looks at all packages that Python finds. */
const install = { through: "buildPhase", runs: "`pythonRuntimeDepsCheckHook` and the phases after it" };
const tests = { through: "pythonImportsCheckPhase", runs: "the tests" };

export const python: Language = {
  title: "Python",
  text: `\`buildPythonPackage\` builds markupsafe with its extension in C, and tests it with pytestCheckHook. Its \`env\` has
\`NIX_NO_SELF_RPATH = "1"\` and \`-g0\`: a wheel is compressed, so one whose extension names an output, by an RPATH or in debug
information, can't be relocated. Without them, each edit that changes \`$out\` builds the wheel again, and the message names the
wheel. Packages without compiled extensions do not need them.`,
  tools: `pytest alone repeats tests in a checkout of the sources, but in Nix the tests run after the package is installed. Without a
cache, pypa's build compiles the extension and makes the wheel first: setuptools keeps no objects between build directories.`,
  file: "python.nix",
  source: { example: "markupsafe" },
  edits: {
    disabledTests: { attributes: `disabledTests = [ "test_splitting" ];`, ...tests },
    pytestFlags: { attributes: `pytestFlags = [ "-v" ];`, ...tests },
    ...commonEdits({ preCheck: tests }),
    "nativeCheckInputs, a package added": {
      attributes: `nativeCheckInputs = old.nativeCheckInputs ++ [ pkgs.python3Packages.pytest-mock ];`,
      ...install,
    },
    pythonImportsCheck: {
      attributes: `pythonImportsCheck = [ "markupsafe" "markupsafe._speedups" ];`,
      through: "pythonRemoveBinBytecodePhase",
      runs: "the imports and the tests",
    },
    ...commonEdits({
      "doCheck, switched off": install,
      "doCheck, switched on": install,
    }),
    makeWrapperArgs: {
      attributes: `makeWrapperArgs = [ "--set" "EDITED" "1" ];`,
      through: "pythonOutputDistPhase",
      runs: "`fixupPhase`, the imports and the tests",
    },
    ...commonEdits({
      postBuild: {},
      postInstall: {},
      postFixup: { runs: "`postFixup`, the imports and the tests" },
      "versionCheckHook, added": {
        attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.versionCheckHook ]; dontVersionCheck = true;`,
        runs: "`installCheckPhase`, the imports and the tests",
      },
      "installShellFiles, removed": { through: "pythonRuntimeDepsCheckHook" },
      "postPhases, a phase added": { through: "pytestCheckPhase" },
    }),
  },
};
