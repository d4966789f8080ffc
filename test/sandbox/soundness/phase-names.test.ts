import { describeCases, type SoundnessCase } from "./check.ts";

/** Three phases that write to a log, run by a script instead of stdenv's builder. */
function built(script: string, rest = "", build = "echo build >> log"): string {
  return `phases = [ "buildPhase" "installPhase" "fixupPhase" ];
    realBuilder = "/bin/bash"; args = [ "-e" (builtins.toFile "b.sh" ''
      if [ -e .attrs.sh ]; then . ./.attrs.sh; fi
      source $stdenv/setup
      ${script}
    '') ];
    buildPhase = "${build}"; fixupPhase = "runHook preFixup; cp log $out/fixed";
    installPhase = "mkdir -p $out; echo install >> log; cp log $out/installed"; ${rest}`;
}
const edit = `preFixup = "echo fixup >> log";`;

const nested = (rest: string, change: string): Omit<SoundnessCase, "through"> => ({
  package: `installPhase = "mkdir -p $out; cp log $out; runHook postInstall"; ${rest}`,
  edit: change,
});

describeCases("phases are identified by their names", {
  "a phase before genericBuild": {
    package: built("runPhase prepPhase\ngenericBuild", `prepPhase = "echo prep >> log";`),
    edit,
    through: "installPhase",
  },
  "the first phase twice": {
    package: built("runPhase buildPhase\ngenericBuild"),
    edit,
    through: "buildPhase",
  },
  "a phase after genericBuild": {
    package: built("genericBuild\nrunPhase afterPhase", `afterPhase = "cp log $out/after";`),
    edit,
    through: "installPhase",
  },
  "a later phase runs before the first one": {
    package: built(
      "runPhase fixPhase\nrunPhase installPhase\nrunPhase buildPhase\nrunPhase fixupPhase",
      `fixPhase = ":";`,
    ),
    edit,
  },
  "a phase that is skipped": {
    package: built("runPhase buildPhase\nrunPhase fixPhase\nrunPhase fixupPhase", `fixPhase = "mkdir $out";`),
    edit,
  },
  "a phase whose failure is ignored": {
    package: built(
      "runPhase buildPhase || echo forgiven >> log\nrunPhase installPhase\nrunPhase fixupPhase",
      "",
      "echo build >> log; return 3",
    ),
    edit,
  },
  "a phase listed twice": {
    package: `phases = [ "buildPhase" "extraPhase" "installPhase" "extraPhase" "fixupPhase" ];
      extraPhase = "echo extra >> log"; buildPhase = "echo build >> log";
      installPhase = "mkdir -p $out; echo install >> log"; fixupPhase = "runHook preFixup; cp log $out";`,
    edit,
    through: "extraPhase",
  },
  "phases appended while they run": {
    package: `buildPhase = "echo build > log; phases+=' laterPhase'; postPhases+=' laterPhase'"; laterPhase = "touch $out/later";
      installPhase = "mkdir -p $out; cp log $out; runHook postInstall";`,
    edit: `postInstall = "touch $out/edited";`,
    through: "installPhase",
  },
});

describeCases("a phase inside another phase", {
  "is not saved, nor is the outer phase; later phases are": {
    ...nested(
      `buildPhase = "echo build >> log; runPhase checkPhase"; doCheck = true; checkPhase = "echo check >> log";`,
      `postInstall = "touch $out/edited";`,
    ),
    through: "installPhase",
    says: /buildPhase is not saved: checkPhase ran inside it/,
  },
  "is edited": {
    ...nested(
      `buildPhase = "echo build >> log; runPhase checkPhase"; doCheck = true; checkPhase = "echo check >> log";`,
      `checkPhase = "echo edited >> log";`,
    ),
    through: "configurePhase",
  },
  "is also later in the list: until then nothing is saved": {
    ...nested(
      `buildPhase = "echo build >> log; runPhase distPhase"; doDist = true; distPhase = "echo dist >> log";`,
      `distPhase = "echo edited >> log";`,
    ),
    through: "configurePhase",
    says: /installPhase is not saved: distPhase has already run inside another phase/,
  },
  "runs in a subshell and is in no list": {
    ...nested(
      `buildPhase = "echo build >> log; (runPhase innerPhase)"; innerPhase = "echo inner >> log";`,
      `postInstall = "touch $out/edited";`,
    ),
    says: /buildPhase is not saved: innerPhase ran inside it/,
  },
  "runs in a phase that is not saved": {
    ...nested(
      `phaseCachePhases = [ "installPhase" ]; buildPhase = "echo build >> log; runPhase innerPhase"; innerPhase = "echo inner >> log";`,
      `preFixup = "touch $out/edited";`,
    ),
    through: "installPhase",
  },
});

describeCases("a phase that replaces the function", {
  runPhase: {
    ...nested(
      `preBuild = ''runPhase() { local curPhase="$1"; case $1 in checkPhase|installCheckPhase|distPhase) return 0 ;; esac; echo "$1" >> $NIX_BUILD_TOP/log; eval "''\${!curPhase:-$curPhase}"; }'';
        buildPhase = "runHook preBuild; echo build >> log";`,
      `postInstall = "touch $out/edited";`,
    ),
    through: "configurePhase",
    says: /buildPhase is not saved: it replaced the function runPhase of stdenv/,
  },
  "runPhase, and calls it": {
    ...nested(
      `preBuild = ''eval "own_$(declare -f runPhase)"; runPhase() { echo "before $1" >> $NIX_BUILD_TOP/log; own_runPhase "$@"; }'';
        buildPhase = "runHook preBuild; echo build >> log";`,
      `postInstall = "touch $out/edited";`,
    ),
    through: "configurePhase",
  },
  exitHandler: {
    ...nested(
      `buildPhase = "exitHandler() { return 0; }; echo build >> log";`,
      `postInstall = "touch $out/edited";`,
    ),
    through: "configurePhase",
    says: /buildPhase is not saved: it replaced the function exitHandler of stdenv/,
  },
});
