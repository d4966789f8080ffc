# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The phases that call make, and fixupPhase. As in nixpkgs, every phase ends with its `post` hook.

_hasMakefile() {
  [[ -n ${makefile-} || -n ${makeFlags-} || -e Makefile || -e makefile || -e GNUmakefile ]]
}

# _make NAME PARALLEL VARIABLE…: calls make with the flags in these variables.
_make() {
  local what=$1 parallel=$2
  shift 2
  local -a flags=()
  if [[ -n $parallel ]]; then flags+=("-j$NIX_BUILD_CORES"); fi
  flags+=(SHELL="$SHELL")
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
  if [[ -z ${foundMakefile-} ]]; then
    echo "no makefile"
    runHook postCheck
    return
  fi
  if [[ -z ${checkTarget-} ]]; then
    if _hasTarget check; then checkTarget=check; elif _hasTarget test; then checkTarget="test"; fi
  fi
  if [[ -n ${checkTarget-} ]]; then
    _make check "${enableParallelChecking-}" checkFlags=VERBOSE=y checkFlagsArray checkTarget
  else
    echo "no target check or test"
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if ! _hasMakefile; then
    echo "no makefile"
    runHook postInstall
    return
  fi
  foundMakefile=1
  if [[ -n $prefix ]]; then mkdir -p "$prefix"; fi
  _make install "${enableParallelInstalling-}" installFlags installFlagsArray installTargets=install
  runHook postInstall
}

# Writes the lists of propagated dependencies, see _pairs.
recordPropagatedDependencies() {
  local pair file attribute folder=${!outputDev}/nix-support
  local -a inputs
  for pair in "${_pairs[@]}"; do
    IFS=' ' read -r _ _ _ file attribute <<<"$pair"
    inputs=()
    concatTo inputs "$attribute"
    if [[ ${#inputs[@]} -eq 0 ]]; then continue; fi
    mkdir -p "$folder"
    printWords "${inputs[@]}" >"$folder/$file"
  done
}

# Writes the package's own setup hook: setupHook, then setupHooks.
_recordSetupHooks() {
  local hook content folder=${!outputDev}/nix-support
  local -a hooks=()
  concatTo hooks setupHooks
  if [[ -n ${setupHook-} ]]; then
    mkdir -p "$folder"
    substituteAll "$setupHook" "$folder/setup-hook"
  fi
  for hook in "${hooks[@]}"; do
    mkdir -p "$folder"
    consumeEntire content <"$hook"
    substituteAllStream content "file '$hook'" >>"$folder/setup-hook"
  done
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
  recordPropagatedDependencies
  _recordSetupHooks
  if [[ -n ${propagatedUserEnvPkgs[*]-} ]]; then
    mkdir -p "${!outputBin}/nix-support"
    printWords "${propagatedUserEnvPkgs[@]}" >"${!outputBin}/nix-support/propagated-user-env-packages"
  fi
  runHook postFixup
}

installCheckPhase() {
  runHook preInstallCheck
  if [[ -z ${foundMakefile-} ]]; then
    echo "no makefile"
  elif [[ -z ${installCheckTarget-} ]] && ! _hasTarget installcheck; then
    echo "no target installcheck"
  else
    _make installcheck "${enableParallelChecking-}" installCheckFlags installCheckFlagsArray \
      installCheckTarget=installcheck
  fi
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  local -a flags=()
  concatTo flags distFlags distFlagsArray distTarget=dist
  echoCmd 'dist flags' "${flags[@]}"
  make ${makefile:+-f "$makefile"} "${flags[@]}"
  if [[ ${dontCopyDist:-0} != 1 ]]; then
    mkdir -p "$out/tarballs"
    # shellcheck disable=SC2086,SC2048
    cp -pd ${tarballs[*]:-*.tar.gz} "$out/tarballs"
  fi
  runHook postDist
}
