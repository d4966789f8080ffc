# shellcheck shell=bash
# shellcheck disable=SC1090,SC2154
# Hooks: code of packages and setup hooks that runs at named points. Hooks see the locals of these functions; `hookName` is
# meant for them.

# Runs what hook $1 stands for: the function, the script on PATH, or the code in the variable of that name, then each
# element of the array whose name is the plural of $1 (postHook: postHooks). Passes further arguments to functions of the
# array. Fails if one of them does.
runHook() {
  local hookName=$1 hook
  local -a _hooks
  shift
  _listHooks 0 "$hookName"
  for hook in "${_hooks[@]}"; do
    _logHook "$hookName" "$hook" "$@"
    _eval "$hook" "$@"
  done
  return 0
}

# Runs the same until one succeeds; fails if none does.
runOneHook() {
  local hookName=$1 hook
  local -a _hooks
  shift
  _listHooks 1 "$hookName"
  for hook in "${_hooks[@]}"; do
    _logHook "$hookName" "$hook" "$@"
    if _eval "$hook" "$@"; then return 0; fi
  done
  return 1
}

# Sets the caller's array _hooks to the code for hook $2. $1 is the status if nothing has the hook's name.
_listHooks() {
  local -n _list=${2%Hook}Hooks
  _hooks=("_callImplicitHook $1 $2")
  if [[ -v _list[@] ]]; then _hooks+=("${_list[@]}"); fi
}

# _callImplicitHook STATUS NAME: runs what NAME itself stands for, or returns STATUS.
_callImplicitHook() {
  local hookName=$2
  if declare -F "$2" >/dev/null; then
    nixTalkativeLog "calling implicit '$2' function hook"
    "$2"
  elif type -p "$2" >/dev/null; then
    nixTalkativeLog "sourcing implicit '$2' script hook"
    source "$2"
  elif [[ -n ${!2-} ]]; then
    nixTalkativeLog "evaling implicit '$2' string hook"
    eval "${!2}"
  else
    return "$1"
  fi
}

# Runs $1, a function (with the other arguments) or code. A `return` in the code ends only the code.
_eval() {
  if declare -F "$1" >/dev/null; then "$@"; else eval "$1"; fi
}

# _logHook NAME CODE ARGUMENT…: logs an element of the array before it runs.
_logHook() {
  if [[ ${NIX_DEBUG:-0} -lt 4 || $2 == _callImplicitHook* ]]; then return 0; fi
  if declare -F "$2" >/dev/null; then
    nixTalkativeLog "calling '$1' function hook '$2'" "${@:3}"
  elif type -p "$2" >/dev/null; then
    nixTalkativeLog "sourcing '$1' script hook '$2'"
  elif [[ $NIX_DEBUG -ge 5 ]]; then
    nixTalkativeLog "evaling '$1' string hook '$2'"
  else
    nixTalkativeLog "evaling '$1' string hook '${2//$'\n'/'\n '}'"
  fi
}

exitHandler() {
  exitCode=$?
  set +e
  if [[ -n ${showBuildStats-} ]]; then times; fi
  if [[ $exitCode -eq 0 ]]; then
    runHook exitHook
  else
    runHook failureHook
    if [[ -n ${succeedOnFailure-} ]]; then
      echo "the build failed with status $exitCode, which succeedOnFailure ignores"
      mkdir -p "$out/nix-support"
      printf %s "$exitCode" >"$out/nix-support/failed"
      exit 0
    fi
  fi
  return "$exitCode"
}
trap exitHandler EXIT
