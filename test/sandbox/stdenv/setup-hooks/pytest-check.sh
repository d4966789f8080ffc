# shellcheck shell=bash
# shellcheck disable=SC2154
# pytestCheckPhase, which runs after the package is installed.
pytestCheckPhase() {
  runHook preCheck
  local -a flags=(-m pytest)
  if [[ -n ${disabledTests[*]-} ]]; then
    flags+=(-k "not ($(concatStringsSep ') and not (' disabledTests))")
  fi
  concatTo flags pytestFlags
  python3 "${flags[@]}"
  runHook postCheck
}

if [[ -z ${dontUsePytestCheck-} && -z ${installCheckPhase-} ]]; then appendToVar preDistPhases pytestCheckPhase; fi
