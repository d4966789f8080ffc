import { nixString } from "../rig.ts";
import type { Edit } from "./language.ts";

/** A function in place of `env` that ignores the option `--argv0`, which older versions do not have. */
const env = nixString(
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
  'env() { local w; local -a words=(); for w in "$@"; do [[ $w == --argv0=* ]] || words+=("$w"); done; command env "${words[@]}"; }',
);

const note = "mkdir -p $out/share; echo edited > $out/share/note\\n";
const tests = "the tests and the phases after them";
const install = "`installPhase` and the phases after it";

/** Returns Nix code that removes a package from a list of inputs. */
export function without(list: string, name: string): string {
  return `${list} = builtins.filter (package: package != pkgs.${name}) old.${list};`;
}

/** Edits that most languages have, with the phases of most. */
const common = {
  checkFlags: { attributes: "", through: "buildPhase", runs: tests },
  preCheck: { attributes: `preCheck = "export EDITED=1";`, through: "buildPhase", runs: tests },
  "doCheck, switched off": { attributes: `doCheck = false;`, through: "buildPhase", runs: install },
  "doCheck, switched on": {
    before: `doCheck = false; preBuild = ":";`,
    attributes: `preBuild = ":";`,
    through: "buildPhase",
    runs: tests,
  },
  "nativeCheckInputs, a package added": {
    attributes: `nativeCheckInputs = (old.nativeCheckInputs or [ ]) ++ [ pkgs.checkTool ];`,
    through: "buildPhase",
    runs: tests,
  },
  postBuild: {
    attributes: `postBuild = "echo edited > $NIX_BUILD_TOP/note";`,
    through: "buildPhase",
    runs: "`postBuild` and the phases after it",
    editsHook: true,
  },
  postInstall: {
    attributes: `postInstall = (old.postInstall or "") + "${note}";`,
    through: "installPhase",
    runs: "`postInstall` and the phases after it",
    editsHook: true,
  },
  postFixup: {
    attributes: `postFixup = (old.postFixup or "") + "${note}";`,
    through: "fixupPhase",
    runs: "`postFixup`",
    editsHook: true,
  },
  "versionCheckHook, added": {
    attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.versionCheckHook ]; doInstallCheck = true; preVersionCheck = ${env};`,
    through: "fixupPhase",
    runs: "`installCheckPhase`",
  },
  "installShellFiles, removed": {
    attributes: without("nativeBuildInputs", "installShellFiles"),
    through: "checkPhase",
    runs: install,
  },
  "makeWrapper, added": {
    attributes: `nativeBuildInputs = old.nativeBuildInputs ++ [ pkgs.makeWrapper ]; postInstall = "for program in $out/bin/*; do wrapProgram $program --set EDITED 1; done";`,
    through: "checkPhase",
    runs: install,
  },
  "postPhases, a phase added": {
    attributes: `postPhases = [ "listPhase" ]; listPhase = "ls $out > $out/list";`,
    through: "fixupPhase",
    runs: "the added phase",
  },
} satisfies Record<string, Edit>;

/** Returns some of the common edits by name, each with what differs for the language. */
export function commonEdits(
  edits: { readonly [Name in keyof typeof common]?: Partial<Edit> },
): Record<string, Edit> {
  return Object.fromEntries(
    Object.entries(edits).map(([name, own]) => [name, { ...common[name as keyof typeof common], ...own }]),
  );
}
