# shellcheck shell=bash
# shellcheck disable=SC2154,SC1090,SC2164
# Runs the phases in order.

# Writes the environment to a file that users of `nix-build -K` can source.
dumpVars() {
  if [[ ${noDumpEnvVars:-0} == 1 || ! -d $NIX_BUILD_TOP ]]; then return 0; fi
  local umaskBefore
  umaskBefore=$(umask)
  umask 0077
  export >|"$NIX_BUILD_TOP/env-vars" 2>/dev/null || :
  umask "$umaskBefore"
}

showPhaseHeader() {
  echo "Running phase: $1"
  if [[ -z ${NIX_LOG_FD-} ]]; then return 0; fi
  printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$1" >&"$NIX_LOG_FD"
}

# showPhaseFooter PHASE START END: prints the duration of phases that take at least 30 seconds.
showPhaseFooter() {
  local seconds=$(($3 - $2))
  if [[ $seconds -ge 30 ]]; then
    printf '%s completed in %d minutes %d seconds\n' "$1" $((seconds / 60)) $((seconds % 60))
  fi
}

_isDisabled() {
  case $1 in
    unpackPhase) [[ -n ${dontUnpack-} ]] ;;
    patchPhase) [[ -n ${dontPatch-} ]] ;;
    configurePhase) [[ -n ${dontConfigure-} ]] ;;
    buildPhase) [[ -n ${dontBuild-} ]] ;;
    checkPhase) [[ -z ${doCheck-} ]] ;;
    installPhase) [[ -n ${dontInstall-} ]] ;;
    fixupPhase) [[ -n ${dontFixup-} ]] ;;
    installCheckPhase) [[ -z ${doInstallCheck-} ]] ;;
    distPhase) [[ -z ${doDist-} ]] ;;
    *) return 1 ;;
  esac
}

# Runs the phase called $*: the code in the variable of that name, or else the function.
runPhase() {
  local curPhase=$* startTime
  if _isDisabled "$curPhase"; then return 0; fi
  showPhaseHeader "$curPhase"
  dumpVars
  startTime=$EPOCHSECONDS
  eval "${!curPhase:-$curPhase}"
  showPhaseFooter "$curPhase" "$startTime" "$EPOCHSECONDS"
  if [[ $curPhase == unpackPhase ]]; then
    if [[ -n ${sourceRoot-} ]]; then chmod +x -- "$sourceRoot"; fi
    cd -- "${sourceRoot:-.}"
  fi
}

definePhases() {
  if [[ -n ${phases[*]-} ]]; then return 0; fi
  local -a list=()
  concatTo list prePhases
  list+=(unpackPhase patchPhase)
  concatTo list preConfigurePhases
  list+=(configurePhase)
  concatTo list preBuildPhases
  list+=(buildPhase checkPhase)
  concatTo list preInstallPhases
  list+=(installPhase)
  concatTo list preFixupPhases
  list+=(fixupPhase installCheckPhase)
  concatTo list preDistPhases
  list+=(distPhase)
  concatTo list postPhases
  phases="${list[*]}"
}

# Prints the phases, one a line. For tools.
printPhases() {
  definePhases
  # shellcheck disable=SC2048,SC2086
  printLines ${phases[*]}
}

genericBuild() {
  # By default, gzip writes the time into the file.
  export GZIP_NO_TIMESTAMPS=1
  if [[ -f ${buildCommandPath-} ]]; then
    source "$buildCommandPath"
  elif [[ -n ${buildCommand-} ]]; then
    eval "$buildCommand"
  else
    definePhases
    # shellcheck disable=SC2048
    for curPhase in ${phases[*]}; do runPhase "$curPhase"; done
  fi
}

runHook postHook
runHook userHook
dumpVars
# Restores the options of the script or shell that sourced this file.
[[ $_optionsBefore == *e* ]] || set +e
[[ $_optionsBefore == *u* ]] || set +u
unset -v _optionsBefore
