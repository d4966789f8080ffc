# shellcheck shell=bash
# shellcheck disable=SC2154,SC2086
npmBuildHook() {
  runHook preBuild
  npm run "$npmBuildScript" ${npmBuildFlags-} ${npmFlags-}
  runHook postBuild
}

if [[ -z ${dontNpmBuild-} && -z ${buildPhase-} ]]; then buildPhase=npmBuildHook; fi
