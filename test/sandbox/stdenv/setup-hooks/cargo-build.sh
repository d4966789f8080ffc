# shellcheck shell=bash
# shellcheck disable=SC2154
cargoBuildHook() {
  runHook preBuild
  local -a flags=(-j "$NIX_BUILD_CORES" --offline --profile "$cargoBuildType")
  concatTo flags cargoBuildFlags
  cargo build "${flags[@]}"
  runHook postBuild
}

if [[ -z ${dontCargoBuild-} && -z ${buildPhase-} ]]; then buildPhase=cargoBuildHook; fi
