# shellcheck shell=bash
# shellcheck disable=SC2034
# ninjaBuildPhase, ninjaCheckPhase and ninjaInstallPhase, which replace the default phases.

_ninja() {
  local -a flags=("-j$NIX_BUILD_CORES")
  concatTo flags ninjaFlags ninjaFlagsArray "$@"
  echoCmd 'ninja flags' "${flags[@]}"
  TERM=dumb ninja "${flags[@]}"
}

ninjaBuildPhase() {
  runHook preBuild
  _ninja buildFlags
  runHook postBuild
}

ninjaCheckPhase() {
  runHook preCheck
  : "${checkTarget:=test}"
  _ninja checkFlags checkTarget
  runHook postCheck
}

ninjaInstallPhase() {
  runHook preInstall
  : "${installTargets:=install}"
  _ninja installFlags installTargets
  runHook postInstall
}

if [[ -z ${buildPhase-} ]]; then buildPhase=ninjaBuildPhase; fi
if [[ -z ${checkPhase-} ]]; then checkPhase=ninjaCheckPhase; fi
if [[ -z ${installPhase-} ]]; then installPhase=ninjaInstallPhase; fi
