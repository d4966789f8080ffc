import { describeCases, type SoundnessCase } from "./check.ts";

/**
 * buildPhase obfuscates the output's path so that it can't be relocated, and installPhase decodes it: the edited build
 * contains the output path of the build that it was restored from.
 */
const hidden = `buildPhase = "echo $out | sed 's/./&,/g' > hidden"; installPhase = "mkdir -p $out; sed s/,//g hidden > $out/path; runHook postInstall";`;
const names = /path still refers to an output of the restored build/;

const reported = (rest: string, edit = ""): SoundnessCase => ({
  package: `${hidden} ${rest}`,
  edit: `preInstall = "true"; ${edit}`,
  says: names,
  mayDiffer: true,
});

describeCases("references to the restored build's outputs are reported at the end", {
  "in any build": reported(""),
  "when the last phase is not fixupPhase": reported(
    `dontFixup = true; postPhases = [ "lastPhase" ]; lastPhase = ":";`,
  ),
  "when only some phases are saved": reported(`phaseCachePhases = [ "buildPhase" ];`),
  "when a snapshot was pinned": reported("", `phaseCacheThrough = "buildPhase";`),
  "when a later phase sets a trap": reported(`preFixup = "trap : TERM";`),
  "when a later phase is not saved": reported(`preFixup = "exec 7>/dev/null";`),
  "when a later phase runs another phase": reported(`preFixup = "runPhase innerPhase"; innerPhase = ":";`),
  "when a later phase disables builtins": reported(`preFixup = "enable -n printf";`),
  "when a later phase defines a function called builtin": reported(`preFixup = "builtin() { :; }";`),
  "when the last phase disables errexit and returns": reported(`postFixup = "set +e; return 0";`),
  "when a later phase replaces stdenv's exitHandler": {
    ...reported(`preFixup = "exitHandler() { return 0; }";`),
    says: /cannot check the outputs for references to those of the restored build/,
  },
  "when a later phase removes the trap on EXIT": {
    ...reported(`preFixup = "trap - EXIT";`),
    says: /cannot check the outputs for references to those of the restored build/,
  },
});
