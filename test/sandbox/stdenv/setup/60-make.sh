# shellcheck shell=bash
# shellcheck disable=SC2154
# The phases that call make, and fixupPhase.

_hasMakefile() {
  [[ -n ${makefile-} || -n ${makeFlags[*]-} || -e Makefile || -e makefile || -e GNUmakefile ]]
}

# _make NAME PARALLEL VARIABLE…: calls make with the flags in these variables.
_make() {
  local what=$1 parallel=$2
  shift 2
  local -a flags=(SHELL="$SHELL")
  if [[ -n $parallel ]]; then flags+=("-j$NIX_BUILD_CORES"); fi
  concatTo flags makeFlags makeFlagsArray "$@"
  echoCmd "$what flags" "${flags[@]}"
  make ${makefile:+-f "$makefile"} "${flags[@]}"
}

_hasTarget() {
  make -n ${makefile:+-f "$makefile"} "$1" &>/dev/null
}

buildPhase() {
  runHook preBuild
  if _hasMakefile; then
    # Set for later phases, as in nixpkgs: part of the shell state that a phase changes.
    foundMakefile=1
    _make build "${enableParallelBuilding-}" buildFlags buildFlagsArray
  else
    echo "no makefile"
  fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if [[ -n ${foundMakefile-} && -z ${checkTarget-} ]]; then
    for checkTarget in check test ""; do
      if [[ -z $checkTarget ]] || _hasTarget "$checkTarget"; then break; fi
    done
  fi
  if [[ -n ${checkTarget-} ]]; then
    _make check "${enableParallelChecking-${enableParallelBuilding-}}" checkFlags checkFlagsArray checkTarget
  else
    echo "nothing to check with"
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if _hasMakefile; then
    mkdir -p "$prefix"
    local -a targets=()
    concatTo targets installTargets
    if [[ ${#targets[@]} -eq 0 ]]; then targets=(install); fi
    _make install "${enableParallelInstalling-${enableParallelBuilding-}}" installFlags installFlagsArray targets
  else
    echo "no makefile"
  fi
  runHook postInstall
}

_recordPropagated() {
  local folder=${!outputDev}/nix-support
  mkdir -p "$folder"
  printf '%s ' "${@:2}" >"$folder/$1"
}

fixupPhase() {
  local output
  for output in $(getAllOutputNames); do
    if [[ -e ${!output} ]]; then chmod -R u+w,u-s,g-s "${!output}"; fi
  done
  runHook preFixup
  for output in $(getAllOutputNames); do
    prefix=${!output} runHook fixupOutput
  done
  local -a native=() inputs=()
  concatTo native propagatedNativeBuildInputs
  concatTo inputs propagatedBuildInputs
  if [[ ${#native[@]} -gt 0 ]]; then _recordPropagated propagated-native-build-inputs "${native[@]}"; fi
  if [[ ${#inputs[@]} -gt 0 ]]; then _recordPropagated propagated-build-inputs "${inputs[@]}"; fi
  if [[ -n ${setupHook-} ]]; then
    mkdir -p "${!outputDev}/nix-support"
    substituteAll "$setupHook" "${!outputDev}/nix-support/setup-hook"
  fi
  runHook postFixup
}

installCheckPhase() {
  runHook preInstallCheck
  : "${installCheckTarget:=installcheck}"
  if [[ -n ${foundMakefile-} ]] && _hasTarget "$installCheckTarget"; then
    _make installcheck "${enableParallelChecking-${enableParallelBuilding-}}" installCheckFlags installCheckFlagsArray installCheckTarget
  else
    echo "nothing to check the installation with"
  fi
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  : "${distTarget:=dist}"
  _make dist "" distFlags distFlagsArray distTarget
  if [[ -z ${dontCopyDist-} ]]; then
    mkdir -p "$out/tarballs"
    # shellcheck disable=SC2086,SC2048
    cp -d --preserve=timestamps ${tarballs[*]:-*.tar.gz} "$out/tarballs"
  fi
  runHook postDist
}
