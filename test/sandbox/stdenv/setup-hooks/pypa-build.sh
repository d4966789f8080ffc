# shellcheck shell=bash
# pypaBuildPhase, which builds a wheel.
pypaBuildPhase() {
  runHook preBuild
  local -a flags=(--no-isolation --outdir dist/ --wheel)
  concatTo flags pypaBuildFlags
  pyproject-build "${flags[@]}"
  runHook postBuild
}

if [[ -z ${dontUsePypaBuild-} && -z ${buildPhase-} ]]; then buildPhase=pypaBuildPhase; fi
