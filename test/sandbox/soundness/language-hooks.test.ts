import { existsSync } from "node:fs";
import { join } from "node:path";
import { nixPath } from "../rig.ts";
import { describeCases } from "./check.ts";

const { PHASECACHE_NIXPKGS: checkout = "" } = process.env;

/** Folders of hooks in checkouts of nixpkgs, and in those without a `pkgs` folder. */
const folders = ["", "pkgs/", "pkgs/by-name/py/", "pkgs/development/interpreters/"];

/**
 * Returns a setup hook as a Nix expression: the checkout's own, if there is one, with these commands in place of its programs.
 * Otherwise one with this text, which has the same interface.
 */
function setupHook(name: string, file: string, text: string, programs: Record<string, string> = {}): string {
  const path = folders
    .map((folder) => join(checkout, folder, file))
    .find((one) => checkout !== "" && existsSync(one));
  const list = (words: string[]) => `[ ${words.map((word) => JSON.stringify(word)).join(" ")} ]`;
  const names = Object.keys(programs).map((program) => `@${program}@`);
  const own = path === undefined ? `''${text}''` : `(builtins.readFile ${nixPath(path)})`;
  const hook = `builtins.replaceStrings ${list(names)} ${list(Object.values(programs))} ${own}`;
  return `(pkgs.makeSetupHook { name = "${name}"; } (builtins.toFile "hook.sh" (${hook})))`;
}

/** Returns a package with programs that append their arguments to a file of the output. */
const recorder = (name: string) =>
  `(pkgs.runCommand "${name}" { } "mkdir -p $out/bin; printf '#!/bin/sh\\necho \\"$@\\" >> $out_file\\n' > $out/bin/${name}; chmod +x $out/bin/${name}")`;

const build = `
  buildPhase = "runHook preBuild; echo x > a; runHook postBuild";
  installPhase = "runHook preInstall; mkdir -p $out/bin; cp a $out/bin/a; chmod +x $out/bin/a; runHook postInstall";
  preBuild = "export out_file=$PWD/record"; `;
const saveRecord = `postFixup = "cp record $out/record 2> /dev/null || true"; `;

const pytest = setupHook(
  "pytest-check-hook",
  "python/hooks/pytest-check-hook.sh",
  `pytestCheckPhase() {
  runHook preCheck
  python -m pytest ''\${pytestFlags[@]-} -k "not ''\${disabledTests[*]-}"
  runHook postCheck
}
if [ -z "''\${dontUsePytestCheck-}" ] && [ -z "''\${installCheckPhase-}" ]; then
  appendToVar preDistPhases pytestCheckPhase
fi
`,
  { pythonCheckInterpreter: "python" },
);
const python = recorder("python");
const keep = `postPhases = [ "keepPhase" ]; keepPhase = "cp record $out/record"; `;

describeCases("pytestCheckHook", {
  "disabledTests and pytestFlags": {
    package: `${build}${keep} nativeBuildInputs = [ ${python} ${pytest} ]; disabledTests = [ "a" ];`,
    edit: `disabledTests = [ "a" "b" ]; pytestFlags = [ "-x" ];`,
    through: "fixupPhase",
  },
  "disabledTests, when an early phase reads them": {
    package: `${build}${keep} nativeBuildInputs = [ ${python} ${pytest} ]; postBuild = "echo $disabledTests >> a"; disabledTests = [ "a" ];`,
    edit: `disabledTests = [ "b" ];`,
    through: "buildPhase",
  },
  added: {
    package: `${build} nativeBuildInputs = [ ${python} ]; disabledTests = [ "a" ];`,
    edit: `${keep} nativeBuildInputs = [ ${python} ${pytest} ];`,
    through: "buildPhase",
  },
  "switched off, so that the flags have no phase": {
    package: `${build} nativeBuildInputs = [ ${python} ${pytest} ]; dontUsePytestCheck = true; disabledTests = [ "a" ];`,
    edit: `disabledTests = [ "b" ];`,
    through: "fixupPhase",
  },
});

/** pytest as nixpkgs builds it: wrapped programs, and a setup hook that adds a phase. */
const pytestPackage = (program = "pytest") => `(pkgs.runCommand "python3.13-pytest-8.4.1" { } ''
  mkdir -p $out/bin $out/nix-support
  touch $out/bin/.pytest-wrapped $out/bin/py.test $out/bin/.py.test-wrapped $out/bin/${program}
  {
    echo 'pytestcachePhase() { touch $out/cleaned; }'
    echo 'preDistPhases+=" pytestcachePhase"'
  } > $out/nix-support/setup-hook
'')`;

describeCases("pytest itself", {
  added: {
    package: build,
    edit: `nativeBuildInputs = [ ${pytestPackage()} ];`,
    through: "buildPhase",
  },
  "added, when an early phase tries to import it": {
    package: `${build} postBuild = "echo import pytest > conftest.py";`,
    edit: `nativeBuildInputs = [ ${pytestPackage()} ];`,
    through: "buildPhase",
  },
  "added, when configurePhase looks for what the sources name": {
    package: `${build} tool = "pytest";`,
    hooks: [
      `mesonConfigurePhase() { runHook preConfigure; type -p py$tool > found || true; runHook postConfigure; }
configurePhase=mesonConfigurePhase
`,
    ],
    edit: `nativeBuildInputs = [ ${pytestPackage()} ];`,
    through: "patchPhase",
  },
  "added with a program that pytest does not have": {
    package: build,
    edit: `nativeBuildInputs = [ ${pytestPackage("make")} ];`,
    through: null,
  },
});

const cargoCheck = setupHook(
  "cargo-check-hook.sh",
  "build-support/rust/hooks/cargo-check-hook.sh",
  `cargoCheckHook() {
  runHook preCheck
  cargo test ''\${cargoTestFlags[@]-} -- ''\${checkFlags[@]-}
  runHook postCheck
}
if [ -z "''\${dontCargoCheck-}" ] && [ -z "''\${checkPhase-}" ]; then
  checkPhase=cargoCheckHook
fi
`,
  { setEnv: "env", rustcTargetSpec: "host" },
);
const crate = `${build}${saveRecord} cargoCheckType = "debug"; doCheck = true; `;

describeCases("cargoCheckHook", {
  "checkFlags and cargoTestFlags": {
    package: `${crate} nativeBuildInputs = [ ${recorder("cargo")} ${cargoCheck} ];`,
    edit: `checkFlags = [ "--skip=x" ]; cargoTestFlags = [ "--lib" ];`,
    through: "buildPhase",
  },
  added: {
    package: `${crate} nativeBuildInputs = [ ${recorder("cargo")} ];`,
    edit: `nativeBuildInputs = [ ${recorder("cargo")} ${cargoCheck} ];`,
    through: "buildPhase",
  },
});

const wrapGApps = setupHook(
  "wrap-gapps-hook",
  "build-support/setup-hooks/wrap-gapps-hook/wrap-gapps-hook.sh",
  `gappsWrapperArgs=()
gappsWrapperArgsHook() {
  gappsWrapperArgs+=(--prefix XDG_DATA_DIRS : "$prefix/share")
}
appendToVar preFixupPhases gappsWrapperArgsHook
wrapGAppsHook() {
  [ -z "''\${dontWrapGApps:-}" ] || return 0
  wrapProgram $prefix/bin/a "''\${gappsWrapperArgs[@]}"
}
fixupOutputHooks+=(wrapGAppsHook)
`,
);

describeCases("wrapGAppsHook", {
  added: {
    package: `${build} nativeBuildInputs = [ pkgs.makeWrapper ];`,
    edit: `nativeBuildInputs = [ pkgs.makeWrapper ${wrapGApps} ];`,
    through: "installPhase",
  },
  "more arguments in preFixup": {
    package: `${build} nativeBuildInputs = [ pkgs.makeWrapper ${wrapGApps} ];`,
    edit: `preFixup = "gappsWrapperArgs+=(--set A b)";`,
    through: "gappsWrapperArgsHook",
  },
  dontWrapGApps: {
    package: `${build} nativeBuildInputs = [ pkgs.makeWrapper ${wrapGApps} ];`,
    edit: `dontWrapGApps = true;`,
    through: "gappsWrapperArgsHook",
  },
});

const namespaces = setupHook(
  "python-namespaces-hook.sh",
  "python/hooks/python-namespaces-hook.sh",
  `pythonNamespacesHook() {
  rm -f $out/lib/''\${pythonNamespaces}/__init__.py
}
if [[ -z "''\${dontUsePythonNamespacesHook-}" ]] && [[ -n "''\${pythonNamespaces-}" ]]; then
  postFixupHooks+=(pythonNamespacesHook)
fi
`,
  { pythonSitePackages: "lib", findutils: "/usr" },
);
const runtimeDeps = setupHook(
  "python-runtime-deps-check-hook.sh",
  "python/hooks/python-runtime-deps-check-hook.sh",
  `pythonRuntimeDepsCheckHook() {
  for wheel in dist/*.whl; do python check "$wheel"; done
}
if [ -z "''\${dontCheckRuntimeDeps-}" ]; then
  appendToVar preInstallPhases pythonRuntimeDepsCheckHook
fi
`,
  { pythonInterpreter: "python", hook: "check", pythonSitePackages: "lib" },
);

describeCases("other hooks of Python packages", {
  "pythonNamespaces, which a hook tests when it is sourced": {
    package: `${build} postInstall = "mkdir -p $out/lib/n; touch $out/lib/n/__init__.py"; nativeBuildInputs = [ ${namespaces} ];`,
    edit: `pythonNamespaces = [ "n" ];`,
    through: "installPhase+postInstall",
  },
  "dontCheckRuntimeDeps, which removes a phase": {
    package: `${build}${saveRecord} postBuild = "mkdir dist; touch dist/a.whl"; nativeBuildInputs = [ ${python} ${runtimeDeps} ];`,
    edit: `dontCheckRuntimeDeps = true;`,
    through: "buildPhase+postBuild",
  },
});

const goBuild = (edited = "") => `buildPhase = ''
    runHook preBuild
    export out_file=$PWD/record
    buildGoDir() {
      local cmd="$1" dir="$2"
      declare -a flags
      flags+=(''\${ldflags:+-ldflags="$ldflags"})
      if [ "$cmd" = "test" ]; then
        flags+=(-vet=off)
        flags+=($checkFlags)
      fi
      go $cmd "''\${flags[@]}" $dir
    }
    for pkg in a b; do
      buildGoDir install "$pkg"
    done
    runHook postBuild
  '';
  checkPhase = "runHook preCheck; for pkg in a b; do buildGoDir test $pkg; done; runHook postCheck";
  installPhase = "mkdir $out; cp record $out";
  doCheck = true; nativeBuildInputs = [ ${recorder("go")} ]; ldflags = [ "-s" ]; ${edited}`;

// As in buildGoModule.
describeCases("a builder whose phases share a function", {
  "checkFlags, of which only checkPhase makes use": {
    package: goBuild(),
    edit: `checkFlags = [ "-short" ];`,
    through: "buildPhase",
  },
  "checkFlags, when postBuild tests, too": {
    package: goBuild(`postBuild = "buildGoDir test c";`),
    edit: `checkFlags = [ "-short" ];`,
    through: "configurePhase",
  },
  ldflags: { package: goBuild(), edit: `ldflags = [ "-w" ];`, through: "configurePhase" },
});
