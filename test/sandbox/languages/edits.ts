import { nixString } from "../rig.ts";
import type { Edit } from "./language.ts";

/** A function in place of `env` that ignores the option `--argv0`, which older versions do not have. */
const env = nixString(
  'env() { local w; local -a words=(); for w in "$@"; do [[ $w == --argv0=* ]] || words+=("$w"); done; command env "${words[@]}"; }',
);

/** Edits that every language has, with the phases of most. */
const common = {
  postBuild: {
    attributes: `postBuild = "echo edited > $NIX_BUILD_TOP/note";`,
    through: "buildPhase",
    runs: "`postBuild` and the phases that follow",
  },
  postInstall: {
    attributes: `postInstall = (old.postInstall or "") + "mkdir -p $out/share; echo edited > $out/share/note\\n";`,
    through: "installPhase",
    runs: "`postInstall` and the phases that follow",
  },
  postFixup: {
    attributes: `postFixup = (old.postFixup or "") + "mkdir -p $out/share; echo edited > $out/share/note\\n";`,
    through: "fixupPhase",
    runs: "`postFixup`",
  },
  preCheck: { attributes: `preCheck = "export EDITED=1";`, through: "buildPhase", runs: "the tests and the phases that follow" },
  "doCheck, switched off": { attributes: `doCheck = false;`, through: "buildPhase", runs: "`installPhase` and the phases that follow" },
  "doCheck, switched on": { attributes: `doCheck = true;`, through: "buildPhase", runs: "the tests and the phases that follow" },
  "nativeCheckInputs, a package added": {
    attributes: `nativeCheckInputs = (old.nativeCheckInputs or [ ]) ++ [ pkgs.checkTool ];`,
    through: "buildPhase",
    runs: "the tests and the phases that follow",
  },
  "versionCheckHook, added": {
    attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.versionCheckHook ]; doInstallCheck = true; preVersionCheck = ${env};`,
    through: "fixupPhase",
    runs: "`installCheckPhase`",
  },
  "installShellFiles, removed": {
    attributes: `nativeBuildInputs = builtins.filter (package: package != pkgs.installShellFiles) old.nativeBuildInputs;`,
    through: "checkPhase",
    runs: "`installPhase` and the phases that follow",
  },
  "makeWrapper, added": {
    attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.makeWrapper ]; postInstall = "for program in $out/bin/*; do wrapProgram $program --set EDITED 1; done";`,
    through: "checkPhase",
    runs: "`installPhase` and the phases that follow",
  },
  "postPhases, a phase added": {
    attributes: `postPhases = [ "listPhase" ]; listPhase = "ls $out > $out/list";`,
    through: "fixupPhase",
    runs: "the phase",
  },
} satisfies Record<string, Edit>;

type Common = keyof typeof common;

/** Some of the common edits, by name; where a package differs, what differs. */
export function commonEdits(
  names: { readonly [Name in Common]?: Partial<Edit> },
): Record<string, Edit> {
  return Object.fromEntries(
    Object.entries(names).map(([name, own]) => [name, { ...common[name as Common], ...own }]),
  );
}
