import { describeCases, type SoundnessCase } from "./check.ts";

/**
 * buildPhase hides the output's path so that it can't be relocated, and installPhase brings it to light: the edited build
 * has the path of the output that it was restored from.
 */
const hidden = `buildPhase = "echo $out | sed 's/./&,/g' > hidden"; installPhase = "mkdir -p $out; sed s/,//g hidden > $out/path; runHook postInstall";`;
const names = /path still refers to an output of the restored build/;

const said = (rest: string, edit = ""): SoundnessCase => ({
  package: `${hidden} ${rest}`,
  edit: `postInstall = "touch $out/edited"; ${edit}`,
  says: names,
  mayDiffer: true,
});

describeCases("what may be wrong with the outputs is said in the end", {
  "of any build": said(""),
  "when the last phase is not fixupPhase": said(
    `dontFixup = true; postPhases = [ "lastPhase" ]; lastPhase = ":";`,
  ),
  "when only some phases are saved": said(`phaseCachePhases = [ "buildPhase" ];`),
  "when a snapshot was pinned": said("", `phaseCacheThrough = "buildPhase";`),
  "when a later phase sets a trap": said(`preFixup = "trap : TERM";`),
  "when a later phase is not saved": said(`preFixup = "exec 7>/dev/null";`),
  "when a later phase runs another one": said(`preFixup = "runPhase innerPhase"; innerPhase = ":";`),
  "when a later phase switches builtins off": said(`preFixup = "enable -n printf";`),
  "when a later phase puts a function in the place of builtin": said(`preFixup = "builtin() { :; }";`),
  "when the last phase switches errexit off and returns": said(`postFixup = "set +e; return 0";`),
  "when a later phase puts another exitHandler in the place of stdenv's": {
    ...said(`preFixup = "exitHandler() { return 0; }";`),
    says: /cannot check the outputs for references to those of the restored build/,
  },
  "when a later phase takes the trap on EXIT": {
    ...said(`preFixup = "trap - EXIT";`),
    says: /cannot check the outputs for references to those of the restored build/,
  },
});
