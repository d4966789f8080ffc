# shellcheck shell=bash
# shellcheck disable=SC2154
cargoCheckHook() {
  runHook preCheck
  local -a flags=(-j "$NIX_BUILD_CORES" --offline --profile "$cargoCheckType")
  prependToVar checkFlags --
  concatTo flags cargoTestFlags checkFlags checkFlagsArray
  cargo test "${flags[@]}"
  runHook postCheck
}

if [[ -z ${dontCargoCheck-} && -z ${checkPhase-} ]]; then checkPhase=cargoCheckHook; fi
