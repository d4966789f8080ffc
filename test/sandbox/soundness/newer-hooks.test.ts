import { describeCases } from "./check.ts";

const plain = `buildPhase = "echo x > a"; installPhase = "mkdir -p $out; cp a $out"; `;
const program = (name: string) =>
  `(pkgs.runCommand "${name}" { } "mkdir -p $out/bin; printf '#!/bin/sh\\necho patched > $1\\n' > $out/bin/${name}; chmod +x $out/bin/${name}")`;
const setupHook = (name: string, propagated: string, text: string) =>
  `(pkgs.makeSetupHook { name = "${name}"; propagatedBuildInputs = [ ${propagated} ]; } (builtins.toFile "hook.sh" ''${text}''))`;

const autoPatchelf = setupHook(
  "auto-patchelf-hook",
  program("auto-patchelf"),
  `declare -a autoPatchelfLibs
autoPatchelfPostFixup() {
  auto-patchelf $out/a
}
postFixupHooks+=(autoPatchelfPostFixup)
`,
);
const versionCheck = setupHook(
  "version-check-hook",
  "",
  `versionCheckHook() {
  touch $out/checked
}
if [[ -z "''\${dontVersionCheck-}" ]]; then
  preInstallCheckHooks+=(versionCheckHook)
fi
`,
);

// Setup hooks as in nixpkgs since 2024.
describeCases("setup hooks that are added", {
  "autoPatchelfHook, whose program is another package": {
    package: plain,
    edit: `nativeBuildInputs = [ ${autoPatchelf} ];`,
    through: "installPhase",
  },
  "autoPatchelfHook, when an early phase calls its program": {
    package: `buildPhase = "echo x > a; auto-patchelf a || true"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `nativeBuildInputs = [ ${autoPatchelf} ];`,
    through: "configurePhase",
  },
  "versionCheckHook, which tests an option": {
    package: plain,
    edit: `nativeBuildInputs = [ ${versionCheck} ]; doInstallCheck = true; installCheckPhase = "runHook preInstallCheck";`,
    through: "fixupPhase",
  },
});

describeCases("meta.mainProgram", {
  "as a variable": { package: plain, edit: `NIX_MAIN_PROGRAM = "a";`, through: "fixupPhase" },
  "with structuredAttrs, and a loop of setup.sh that leaves its variable set": {
    hooks: [`for envVar in "\${!env[@]}"; do :; done`],
    package: `__structuredAttrs = true; ${plain}`,
    edit: `env.NIX_MAIN_PROGRAM = "a";`,
    through: "fixupPhase",
  },
  "with structuredAttrs, when an early phase reads all of `env`": {
    package: `__structuredAttrs = true; buildPhase = "echo program: \\\${env[*]} > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `env.NIX_MAIN_PROGRAM = "a";`,
    through: "configurePhase",
  },
  "when an early phase reads it": {
    package: `buildPhase = "echo program: \\\${NIX_MAIN_PROGRAM-} > a"; installPhase = "mkdir -p $out; cp a $out";`,
    edit: `NIX_MAIN_PROGRAM = "a";`,
    through: "configurePhase",
  },
});

const addsPrefixes = `for input in $nativeBuildInputs; do
  addToSearchPath CMAKE_PREFIX_PATH $input
  addToSearchPath NIXPKGS_CMAKE_PREFIX_PATH $input
done
unset input
`;

// As in CMake's setup hook.
describeCases("a setup hook for a build system", {
  "lists every input, and a late one is added": {
    package: plain,
    hooks: [addsPrefixes],
    edit: `nativeBuildInputs = [ pkgs.makeWrapper ];`,
    through: "buildPhase",
  },
  "lists every input, and an early phase reads the list": {
    package: `buildPhase = "echo $CMAKE_PREFIX_PATH > a"; installPhase = "mkdir -p $out; cp a $out";`,
    hooks: [addsPrefixes],
    edit: `nativeBuildInputs = [ pkgs.makeWrapper ];`,
    through: "configurePhase",
  },
  "looks up a program by a variable, and compares the name of a phase": {
    package: `installPhase = "mkdir -p $out";`,
    hooks: [
      `export AR=ar
ourConfigurePhase() {
  echo "$(command -v $AR)" > ar
  if [ "\${buildPhase-}" = ninjaBuildPhase ]; then echo ninja; fi
}
configurePhase=ourConfigurePhase
`,
    ],
    edit: `buildFlags = [ "-v" ];`,
    through: "configurePhase",
  },
});
