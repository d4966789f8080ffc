# shellcheck shell=bash
# Hooks: code of packages and setup hooks that runs at named points. Names of locals begin with an underscore, because hooks
# see the locals of these functions.

# Runs the function or the code in the variable called $1, then each element of the array whose name is the plural of $1
# (postHook: postHooks). Passes further arguments to elements that are functions.
runHook() {
  local _hookName=$1 _hookCode
  shift
  local -n _hookList=${_hookName%Hook}Hooks
  if _hasHook "$_hookName"; then _runNamed "$_hookName"; fi
  if [[ -v _hookList[@] ]]; then
    for _hookCode in "${_hookList[@]}"; do
      _eval "$_hookCode" "$@"
    done
  fi
}

# Runs the same candidates until one succeeds; fails if none does.
runOneHook() {
  local _hookName=$1 _hookCode
  shift
  local -n _hookList=${_hookName%Hook}Hooks
  if _hasHook "$_hookName" && _runNamed "$_hookName"; then return 0; fi
  if [[ -v _hookList[@] ]]; then
    for _hookCode in "${_hookList[@]}"; do
      if _eval "$_hookCode" "$@"; then return 0; fi
    done
  fi
  return 1
}

_hasHook() {
  declare -F "$1" >/dev/null || [[ -n ${!1-} ]]
}

_runNamed() {
  if declare -F "$1" >/dev/null; then "$1"; else eval "${!1}"; fi
}

# Runs $1, a function (with the other arguments) or code. A `return` in the code ends only the code.
_eval() {
  if declare -F "$1" >/dev/null; then "$@"; else eval "$1"; fi
}

exitHandler() {
  exitCode=$?
  set +e
  if [[ $exitCode -eq 0 ]]; then runHook exitHook; else runHook failureHook; fi
  return "$exitCode"
}
trap exitHandler EXIT
