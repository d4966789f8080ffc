# shellcheck shell=bash
# phaseCacheHook: makes every stdenv phase a checkpoint.
#
#   stdenv.mkDerivation {
#     nativeBuildInputs = [ phaseCacheHook ];
#   }
#
# After a phase its result is saved to the store; the next build of the package restores the deepest snapshot that is
# still valid and runs only the phases after it. The knobs are attributes of the derivation (dontPhaseCache,
# phaseCacheDir, phaseCachePhases, …): see the table in phasecache's README.
#
# Nothing here may make a build fail: every call is guarded, and whatever goes wrong ends in the phase being run as if
# the hook were not there. Phases may have changed anything in this shell, so builtins are called as such, and there
# is no variable outside of functions: what must be remembered between phases is kept in functions.

# Says one line to whoever runs the build: Nix shows such a message without -L too.
_phaseCacheSay() {
  if [[ -n ${NIX_LOG_FD-} ]]; then
    builtin printf '@nix {"action":"msg","level":1,"msg":"phasecache: %s"}\n' "$1" >&"$NIX_LOG_FD"
  else
    builtin printf 'phasecache: %s\n' "$1" >&2
  fi
}

_phaseCacheCall() {
  _phaseCacheWatch "@node@" "@runtime@/hook.cjs" "$@"
}

# Says what is wrong with the cache, and what becomes of the build.
_phaseCacheTrouble() {
  if [[ -n ${phaseCacheStrict-} ]]; then
    _phaseCacheSay "$1; the build fails, as phaseCacheStrict asks"
    builtin exit 1
  fi
  _phaseCacheSay "$1; the build goes on without the cache"
}

# Gives the build up as a cached one: from here on runPhase is stdenv's own again.
_phaseCacheStop() {
  builtin eval "$(_phaseCacheOriginal runPhase)"
  _phaseCacheSaves() { builtin return 1; }
  if [[ -n ${1-} ]]; then _phaseCacheTrouble "$1"; fi
}

# The text that defines function $1 as stdenv wrote it.
_phaseCacheOriginal() {
  local _phaseCacheText
  _phaseCacheText=$(builtin declare -f "_phaseCacheStdenv_$1")
  builtin printf '%s' "${_phaseCacheText#_phaseCacheStdenv_}"
}

# Asks the runtime ($1: plan, save or failed) and applies the script that it answers with. The status is the runtime's.
_phaseCacheAsk() {
  # A command substitution switches errexit off, and the state must have it as the phases do.
  local _phaseCacheFlags=${_phaseCacheFlagsAtExit-$-} _phaseCacheScript
  # With pipefail the dump would be what failed, if the runtime ends before it has read all of it.
  _phaseCacheScript=$(
    _phaseCacheDump "$_phaseCacheFlags" | _phaseCacheCall "$@" || builtin exit "${PIPESTATUS[1]}"
  ) || builtin return
  # A bundle that was emptied by a crash of the machine succeeds at doing nothing.
  [[ $_phaseCacheScript == *'# end' ]] || builtin return 1
  builtin eval "$_phaseCacheScript"
}

_phaseCachePlan() {
  local _phaseCacheStatus=0
  _phaseCacheAsk plan "$$" "$NIX_BUILD_TOP" "${NIX_LOG_FD-}" "@out@" "${phases[*]-}" || _phaseCacheStatus=$?
  if [[ $_phaseCacheStatus -eq 0 ]]; then builtin return 0; fi
  if ! _phaseCacheUndo; then
    _phaseCacheSay "what was restored is not whole and can't be removed: the build fails; set dontPhaseCache"
    builtin exit 1
  fi
  _phaseCacheStop "Node (@node@) could not run the runtime (@runtime@): $(_phaseCacheWhy "$_phaseCacheStatus"); build phaseCacheHook anew, or set dontPhaseCache"
}

# Removes what a plan that came to no end has restored. Node may be what is in trouble, so this does without it.
_phaseCacheUndo() (
  _phaseCacheNoted=/tmp/phasecache-before-$$
  if [[ ! -e $_phaseCacheNoted ]]; then builtin exit 0; fi
  builtin exec -c "/proc/$$/exe" "@runtime@/undo-restore.sh" "$_phaseCacheNoted" "$NIX_BUILD_TOP" "$PATH"
)

# Whether the phase that is about to run was restored; says what that saved.
_phaseCacheRestored() {
  local _phaseCacheCount
  _phaseCacheCount=$(_phaseCacheLeft) || builtin return 1
  [[ $_phaseCacheCount -gt 0 ]] || builtin return 1
  _phaseCacheNote "$_phaseCacheCount"
  builtin eval "_phaseCacheLeft() { builtin printf $((_phaseCacheCount - 1)); }"
}

# Whether runPhase will do nothing for this phase, by the switches that stdenv looks at.
_phaseCacheSwitchedOff() {
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
    *) builtin return 1 ;;
  esac
}

_phaseCacheSave() {
  local _phaseCacheStatus=0
  _phaseCacheAsk save "$(_phaseCacheSession)" "$1" || _phaseCacheStatus=$?
  if [[ $_phaseCacheStatus -ne 0 ]]; then
    _phaseCacheStop "Node (@node@) failed while saving $1: $(_phaseCacheWhy "$_phaseCacheStatus")"
  fi
}

# runPhase as the build sees it. The phase itself is called plainly, never in a condition: there `set -e` would not
# hold inside it.
_phaseCacheRunPhase() {
  if ! builtin declare -F _phaseCacheLeft >/dev/null; then
    _phaseCachePlan
    if ! builtin declare -F _phaseCacheLeft >/dev/null; then
      _phaseCacheStdenv_runPhase "$@"
      builtin return
    fi
  fi
  if _phaseCacheRestored; then builtin return 0; fi
  if _phaseCacheSwitchedOff "$*"; then
    _phaseCacheStdenv_runPhase "$@"
    builtin return
  fi
  _phaseCacheStdenv_runPhase "$@"
  if _phaseCacheSaves "$*"; then _phaseCacheSave "$*"; fi
}

# exitHandler as the build sees it: after a failure the state is kept, to be looked at.
_phaseCacheExit() {
  local _phaseCacheStatus=$? _phaseCacheFlagsAtExit=$-
  builtin set +e
  if [[ $_phaseCacheStatus -ne 0 ]] && builtin declare -F _phaseCacheLeft >/dev/null && _phaseCacheSaves "${curPhase-}"; then
    _phaseCacheAsk failed "$(_phaseCacheSession)" "${curPhase-}" || :
  fi
  (builtin exit "$_phaseCacheStatus")
  _phaseCacheStdenv_exitHandler
}

# Puts function $2 in the place of stdenv's function $1, which stays callable as _phaseCacheStdenv_$1.
_phaseCacheWrap() {
  builtin eval "_phaseCacheStdenv_$(builtin declare -f "$1")"
  builtin eval "$1() { $2 \"\$@\"; }"
}

# What is said to somebody who sits in nix-shell or nix develop, where nothing is restored.
_phaseCacheShellHint() {
  if [[ $- == *i* ]]; then
    builtin printf 'phasecache: no phase is restored here; phasecache shell %s opens the newest snapshot\n' "${pname:-$name}" >&2
  fi
}

# setup.sh sources hooks before it defines runPhase, so the wrapping waits for postHooks.
_phaseCacheInstall() {
  local _phaseCacheHook
  local -a _phaseCacheOthers=()
  for _phaseCacheHook in "${postHooks[@]}"; do
    [[ $_phaseCacheHook == _phaseCacheInstall ]] || _phaseCacheOthers+=("$_phaseCacheHook")
  done
  if [[ ${#_phaseCacheOthers[@]} -gt 0 ]]; then postHooks=("${_phaseCacheOthers[@]}"); else builtin unset postHooks; fi
  if [[ -n ${outputHash-} || -n ${dontPhaseCache-} ]]; then builtin return 0; fi
  if [[ -n ${IN_NIX_SHELL-} ]]; then
    # nix develop runs nothing else when its shell starts.
    shellHook=${shellHook-}$'\n_phaseCacheShellHint'
    builtin return 0
  fi
  if ! builtin declare -F runPhase >/dev/null; then
    _phaseCacheTrouble "this nixpkgs has no runPhase: phaseCacheHook needs nixpkgs 23.05 or newer"
    builtin return 0
  fi
  _phaseCacheWrap runPhase _phaseCacheRunPhase
  if builtin declare -F exitHandler >/dev/null; then _phaseCacheWrap exitHandler _phaseCacheExit; fi
}

# Sourced twice when the hook is in two dependency lists.
if ! builtin declare -F _phaseCacheDump >/dev/null; then
  # shellcheck source=hooks/dump-state.sh
  # shellcheck source=hooks/watch.sh
  if source "@runtime@/dump-state.sh" && source "@runtime@/watch.sh"; then
    postHooks+=(_phaseCacheInstall)
  else
    _phaseCacheTrouble "the runtime (@runtime@) can't be read: build phaseCacheHook anew, or set dontPhaseCache"
  fi
fi
