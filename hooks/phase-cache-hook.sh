# shellcheck shell=bash
# phaseCacheHook: makes every stdenv phase a checkpoint.
#
#   stdenv.mkDerivation {
#     nativeBuildInputs = [ phaseCacheHook ];
#   }
#
# After a phase its result is saved to the store; the next build of the package restores the deepest snapshot that is
# still valid and runs only the phases after it. The options are attributes of the derivation (dontPhaseCache,
# phaseCacheDir, phaseCachePhases, …): see the table in phasecache's README.
#
# shellcheck disable=SC2030,SC2031,SC2161,SC2317
# Nothing here may make a build fail: every call is guarded, and whatever goes wrong ends in the phase being run as if
# the hook were not there. Phases may have changed anything in this shell, so builtins are called as such, and there
# is no variable outside of functions: what must be remembered between phases is kept in functions.

# Says one line to whoever runs the build: Nix shows such a message without -L too. Where a phase has closed the log,
# there is nobody to say it to.
_phaseCacheLog() {
  if [[ -n ${NIX_LOG_FD-} ]]; then
    builtin printf '@nix {"action":"msg","level":1,"msg":"phasecache: %s"}\n' "${1//\"/}" >&"$NIX_LOG_FD" || builtin return 0
  else
    builtin printf 'phasecache: %s\n' "$1" >&2 || builtin return 0
  fi
}

_phaseCacheCall() {
  _phaseCacheWatch "@node@" "@runtime@/hook.cjs" "$@"
}

# Says what is wrong with the cache, and what becomes of the build.
_phaseCacheTrouble() {
  if [[ -n ${phaseCacheStrict-} ]]; then
    _phaseCacheLog "$1; failing the build (phaseCacheStrict)"
    builtin exit 1
  fi
  _phaseCacheLog "$1; building without the cache"
}

# Whether the hook can work in this shell as the phases have left it: no builtin is switched off, no function is called
# `builtin`, the variables that the hook sets can be set, and a hundred processes may run, or Node would wait for its own
# threads. In POSIX mode, which an assignment switches on, bash finds its special builtins (export, exit) before functions
# of the same name.
_phaseCacheIsFit() {
  [[ $(
    {
      POSIXLY_CORRECT=1
      _phaseCacheStatus='' _phaseCacheFlags='' _phaseCacheScript='' _phaseCacheText='' _phaseCacheFlagsAtExit=''
      if \export -f builtin; then \exit; fi
      \builtin enable -n
      \builtin ulimit -u
      \builtin printf fit
    } 2>/dev/null
  ) == @(unlimited|[0-9][0-9]+([0-9]))$'\n'fit ]]
}

# Whether the hook has a part in this build, which has begun.
_phaseCacheIsPlanned() {
  _phaseCacheIsFit && builtin declare -F _phaseCacheAt >/dev/null
}

# Makes a subshell fit, as far as that can be done.
_phaseCacheMend() {
  {
    POSIXLY_CORRECT=1
    \unset -f builtin enable
    \enable builtin enable
    for _phaseCacheBuiltin in $(\builtin enable -n); do
      [[ $_phaseCacheBuiltin == -n ]] || \builtin enable "$_phaseCacheBuiltin"
    done
    \unset -v POSIXLY_CORRECT
  } 2>/dev/null
}

# Gives the build up as a cached one where nothing can be relied on: without a single builtin in this shell itself.
_phaseCacheGiveUp() {
  runPhase() { _phaseCacheStdenv_runPhase "$@"; }
  if (
    _phaseCacheMend
    _phaseCacheTrouble "a phase disabled or replaced builtins, set variables, or lowered limits that the hook needs" ||
      \echo "phasecache: a phase disabled builtins that the hook needs; building without the cache" >&2
  ); then
    [[ 1 ]]
  elif [[ -n ${phaseCacheStrict-} ]]; then
    \exit 1
  fi
}

# Gives the build up as a cached one: from here on runPhase is stdenv's own again, unless a phase has put another in its
# place.
_phaseCacheStop() {
  builtin local _phaseCacheText
  _phaseCacheText=$(builtin declare -f runPhase) || builtin :
  if [[ $_phaseCacheText == *_phaseCacheRunPhase* ]]; then
    runPhase() { _phaseCacheStdenv_runPhase "$@"; }
  fi
  _phaseCacheShouldSave() { builtin return 1; }
  if [[ -n ${1-} ]]; then _phaseCacheTrouble "$1"; fi
}

# Prints this process's number, then the directories of /proc of all processes.
_phaseCacheProcesses() {
  builtin set +efu
  builtin shopt -u failglob
  builtin unset -v GLOBIGNORE
  builtin printf '%s ' "$BASHPID" /proc/[0-9]*
}

# Asks the runtime ($1: plan, save or failed) and applies the script that it answers with. The status is the runtime's.
_phaseCacheAsk() {
  # A command substitution switches errexit off, and the state must have it as the phases do.
  builtin local _phaseCacheFlags="${_phaseCacheFlagsAtExit-$-}" _phaseCacheScript
  # With pipefail the dump would be what failed, if the runtime ends before it has read all of it.
  _phaseCacheScript=$(
    # Before files are listed: what a process does that ends after this may not be in the list.
    _phaseCacheRunning=$(_phaseCacheProcesses 2>/dev/null) || builtin :
    # Only directly in a command substitution does bash know the jobs of the shell around it.
    _phaseCacheJobs=$(builtin jobs -l) || builtin :
    _phaseCacheDump "$_phaseCacheFlags" "$_phaseCacheJobs" "$_phaseCacheRunning" | _phaseCacheCall "$@" || builtin exit "${PIPESTATUS[1]}"
  ) || builtin return
  # A bundle that was emptied by a crash of the machine succeeds at doing nothing.
  [[ $_phaseCacheScript == *'# end' ]] || builtin return 1
  builtin eval "$_phaseCacheScript"
}

_phaseCachePlan() {
  builtin local _phaseCacheStatus=0
  _phaseCacheAsk plan "$$" "$NIX_BUILD_TOP" "${NIX_LOG_FD-}" "@out@" "${phases[*]-}" "$BASHPID" || _phaseCacheStatus=$?
  if [[ $_phaseCacheStatus -eq 0 ]]; then builtin return 0; fi
  if ! _phaseCacheUndo; then
    _phaseCacheLog "an interrupted restore could not be rolled back; failing the build; set dontPhaseCache to build without the cache"
    builtin exit 1
  fi
  _phaseCacheStop "Node (@node@) could not run the runtime (@runtime@): $(_phaseCacheStatusText "$_phaseCacheStatus"); rebuild phaseCacheHook, or set dontPhaseCache"
}

# Removes what a plan that came to no end has restored. Node may be what is in trouble, so this does without it.
_phaseCacheUndo() (
  _phaseCacheNoted=/tmp/phasecache-before-$$
  if [[ ! -e $_phaseCacheNoted ]]; then builtin exit 0; fi
  builtin exec -c "/proc/$$/exe" "@runtime@/undo-restore.sh" "$_phaseCacheNoted" "$PATH"
)

# Whether phase $1 was restored; plans when it is the first of the list. What is called before that is not stdenv's loop
# over the phases, and runs as it is.
_phaseCacheIsDone() {
  if ! builtin declare -F _phaseCacheAt >/dev/null; then
    [[ ${phases-} == *([[:space:]])"$1"?([[:space:]]*) ]] || builtin return 1
    _phaseCachePlan
    builtin declare -F _phaseCacheAt >/dev/null || builtin return 1
  fi
  _phaseCacheAt _phaseCacheTake "$1"
}

# Takes phase $1 as the next one of the list, which has number $2; whether it was restored. When the build calls another
# phase, the list does not say any more what the files come from, so nothing is saved from there on.
_phaseCacheTake() {
  if _phaseCacheIsPhase "$2:$1"; then
    builtin eval "_phaseCacheAt() { \"\$@\" $(($2 + 1)); }"
    _phaseCacheNote "$2"
  else
    _phaseCacheShouldSave() { builtin return 1; }
    if _phaseCacheIsPhase "restored:$2"; then
      _phaseCacheLog "$1 runs where the restored build ran another phase, and may find the wrong files; set dontPhaseCache"
    fi
    builtin return 1
  fi
}

# Notes that phase $1 runs inside the one before number $2. In a file: this may be a subshell.
_phaseCacheNest() {
  { builtin printf '%s %s\0' "$(($2 - 1))" "$1" >>"$(_phaseCacheSession)/nested"; } 2>/dev/null ||
    _phaseCacheShouldSave() { builtin return 1; }
}

# After a phase that ended with status $1, which this has too.
_phaseCacheAfter() {
  if ! _phaseCacheIsFit; then
    _phaseCacheGiveUp
    [[ $1 -eq 0 ]]
  else
    if builtin declare -F _phaseCacheAt >/dev/null; then
      if [[ $1 -ne 0 ]]; then _phaseCacheShouldSave() { builtin return 1; }; fi
      if _phaseCacheAt _phaseCacheIsSaved; then _phaseCacheAt _phaseCacheSave; fi
    fi
    builtin return "$1"
  fi
}

# Whether the phase before the one with number $1 is to be saved.
_phaseCacheIsSaved() {
  _phaseCacheShouldSave "$(($1 - 1))"
}

_phaseCacheSave() {
  builtin local _phaseCacheStatus=0
  _phaseCacheAsk save "$(_phaseCacheSession)" "$(($1 - 1))" "$BASHPID" || _phaseCacheStatus=$?
  if [[ $_phaseCacheStatus -ne 0 ]]; then
    _phaseCacheStop "Node (@node@) failed while saving ${curPhase-}: $(_phaseCacheStatusText "$_phaseCacheStatus")"
  fi
}

# runPhase as the build sees it. The phase itself is called plainly, never in a condition: there `set -e` would not
# hold inside it. Where this shell is not fit, only syntax is used.
_phaseCacheRunPhase() {
  if [[ ${FUNCNAME[*]:1} == *_phaseCacheRunPhase* ]]; then
    if _phaseCacheIsPlanned; then _phaseCacheAt _phaseCacheNest "$*"; fi
    _phaseCacheStdenv_runPhase "$@"
  elif ! _phaseCacheIsFit; then
    _phaseCacheGiveUp
    _phaseCacheStdenv_runPhase "$@"
  elif _phaseCacheIsDone "$*"; then
    [[ 1 ]]
  elif builtin declare -F _phaseCacheIsOff >/dev/null && _phaseCacheIsOff "$*"; then
    _phaseCacheStdenv_runPhase "$@"
  else
    _phaseCacheStdenv_runPhase "$@"
    _phaseCacheAfter "$?"
  fi
}

# exitHandler as the build sees it; $1: the status that the build ends with.
_phaseCacheExit() {
  if _phaseCacheIsPlanned; then
    _phaseCacheAt _phaseCacheEnd "$1" "$-" || [[ 1 ]]
  elif [[ $1 -eq 0 ]]; then
    (_phaseCacheMend && _phaseCacheIsPlanned && _phaseCacheAt _phaseCacheEnd 0 "$-") || [[ 1 ]]
  fi
  # stdenv's own looks at the status first of all.
  if [[ $1 -eq 0 ]]; then
    _phaseCacheStdenv_exitHandler
  elif (POSIXLY_CORRECT=1 && \exit "$1"); then
    [[ 1 ]]
  else
    _phaseCacheStdenv_exitHandler
  fi
}

# After a failure the state is kept, to be looked at; after a success it is said what may be wrong with the outputs.
_phaseCacheEnd() {
  builtin local _phaseCacheFlagsAtExit="$2"
  if [[ $1 -eq 0 ]]; then
    if _phaseCacheWarns; then _phaseCacheCall end "$(_phaseCacheSession)" "$BASHPID" </dev/null >/dev/null; fi
  elif _phaseCacheIsSaved "$3"; then
    _phaseCacheAsk failed "$(_phaseCacheSession)" "$(($3 - 1))" "$BASHPID"
  fi
}

# Prints a definition of function $2 under the name _phaseCacheStdenv_$2. Bash names the file and the line of a function
# in what it says of commands that fail in it. So this is its text as the file has it, with empty lines before it: the
# function then has the lines that it had, when stdenv evaluates this in a line $1 that comes before them.
_phaseCacheCopy() {
  builtin local _phaseCacheText _phaseCacheCopied
  builtin local -a _phaseCacheWords _phaseCacheLines
  builtin shopt -s extdebug
  builtin read -r -a _phaseCacheWords < <(builtin declare -F "$2") || builtin :
  builtin shopt -u extdebug
  if [[ ${#_phaseCacheWords[@]} -eq 3 && -r ${_phaseCacheWords[2]} && ${_phaseCacheWords[1]} -ge $1 ]]; then
    builtin mapfile -t -s "$((_phaseCacheWords[1] - 1))" -n 100 _phaseCacheLines <"${_phaseCacheWords[2]}"
    _phaseCacheText=$(_phaseCacheExcerpt "$2" "$((_phaseCacheWords[1] - $1))" "${_phaseCacheLines[@]}")
    _phaseCacheCopied=$(builtin eval "$_phaseCacheText" && builtin declare -f "_phaseCacheStdenv_$2") 2>/dev/null || builtin :
    if [[ $_phaseCacheCopied == "_phaseCacheStdenv_$(builtin declare -f "$2")" ]]; then
      builtin printf '%s\n' "$_phaseCacheText"
      builtin return 0
    fi
  fi
  builtin printf '_phaseCacheStdenv_%s\n' "$(builtin declare -f "$2")"
}

# $2 empty lines, then the lines of function $1: of the others those to the first that is a brace alone.
_phaseCacheExcerpt() {
  builtin printf -v _phaseCacheLine '%*s' "$2" ''
  builtin printf '%s_phaseCacheStdenv_' "${_phaseCacheLine// /$'\n'}"
  for _phaseCacheLine in "${@:3}"; do
    builtin printf '%s\n' "$_phaseCacheLine"
    [[ $_phaseCacheLine != '}' ]] || builtin break
  done
}

# What is said to somebody who sits in nix-shell or nix develop, where nothing is restored.
_phaseCacheShellHint() {
  if [[ $- == *i* ]]; then
    builtin printf 'phasecache: this shell restores no phases; to open the newest snapshot, run: phasecache shell %s\n' "${pname:-$name}" >&2
  fi
}

# Takes the hook's own element, which begins with this function's name, from postHooks; whether runPhase is to be wrapped.
_phaseCacheInstall() {
  builtin local _phaseCacheHook
  builtin local -a _phaseCacheOthers
  _phaseCacheOthers=()
  for _phaseCacheHook in "${postHooks[@]}"; do
    [[ $_phaseCacheHook == '! _phaseCacheInstall '* ]] || _phaseCacheOthers+=("$_phaseCacheHook")
  done
  if [[ ${#_phaseCacheOthers[@]} -gt 0 ]]; then postHooks=("${_phaseCacheOthers[@]}"); else builtin unset postHooks; fi
  if [[ -n ${outputHash-} || -n ${dontPhaseCache-} ]]; then builtin return 1; fi
  if [[ -n ${IN_NIX_SHELL-} ]]; then
    # nix develop runs nothing else when its shell starts.
    shellHook=${shellHook-}$'\n_phaseCacheShellHint'
    builtin return 1
  fi
  if ! builtin declare -F runPhase >/dev/null; then
    _phaseCacheTrouble "this nixpkgs has no runPhase: phaseCacheHook needs nixpkgs 23.05 or newer"
    builtin return 1
  fi
}

# Puts the hook's functions in the place of stdenv's.
_phaseCacheWrap() {
  runPhase() { _phaseCacheRunPhase "$@"; }
  if builtin declare -F _phaseCacheStdenv_exitHandler >/dev/null; then
    exitHandler() { _phaseCacheExit "$?"; }
  fi
}

# Sourced twice when the hook is in two dependency lists.
if ! builtin declare -F _phaseCacheDump >/dev/null; then
  # shellcheck source=hooks/dump-state.sh
  # shellcheck source=hooks/watch.sh
  if source "@runtime@/dump-state.sh" && source "@runtime@/watch.sh"; then
    # setup.sh sources hooks before it defines runPhase, so the wrapping waits for postHooks. This is code and no function
    # because stdenv's functions have to be defined by a file of stdenv's.
    # shellcheck disable=SC2016
    postHooks+=('! _phaseCacheInstall || { eval "$(_phaseCacheCopy "$LINENO" runPhase)"; if declare -F exitHandler >/dev/null; then eval "$(_phaseCacheCopy "$LINENO" exitHandler)"; fi; _phaseCacheWrap; }')
  else
    _phaseCacheTrouble "cannot read the runtime (@runtime@); rebuild phaseCacheHook, or set dontPhaseCache"
  fi
fi
