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
# Nothing here may make a build fail: every call is guarded, and after any error the phase runs as it would without the
# hook. Phases may have changed anything in this shell, so builtins are called with `builtin`, and there are no global
# variables: functions hold what must be remembered between phases.

# Prints one line to the build log. Nix shows such a message without -L too. If a phase has closed the log, the line is
# lost.
_phaseCacheLog() {
  if [[ -n ${NIX_LOG_FD-} ]]; then
    builtin printf '@nix {"action":"msg","level":1,"msg":"phasecache: %s"}\n' "${1//\"/}" >&"$NIX_LOG_FD" || builtin return 0
  else
    builtin printf 'phasecache: %s\n' "$1" >&2 || builtin return 0
  fi
}

# Calls the runtime with these arguments.
_phaseCacheCall() {
  _phaseCacheWatch "@node@" "@runtime@/hook.cjs" "$@"
}

# Reports problem $1, then fails the build with phaseCacheStrict, or lets it go on without the cache.
_phaseCacheReportProblem() {
  if [[ -n ${phaseCacheStrict-} ]]; then
    _phaseCacheLog "$1; failing the build (phaseCacheStrict)"
    builtin exit 1
  fi
  _phaseCacheLog "$1; building without the cache"
}

# Whether the hook can work in this shell as the phases have left it: no builtin is disabled, no function is named
# `builtin`, the variables that the hook sets are writable, and at least a hundred processes may run (with fewer, Node
# would wait for its own threads). In POSIX mode, which an assignment turns on, bash finds its special builtins (export,
# exit) before functions of the same name.
_phaseCacheIsShellUsable() {
  [[ $(
    {
      POSIXLY_CORRECT=1
      _phaseCacheStatus='' _phaseCacheFlags='' _phaseCacheScript='' _phaseCacheText='' _phaseCacheFlagsAtExit=''
      if \export -f builtin; then \exit; fi
      \builtin enable -n
      \builtin ulimit -u
      \builtin printf usable
    } 2>/dev/null
  ) == @(unlimited|[0-9][0-9]+([0-9]))$'\n'usable ]]
}

# Whether the build has been planned, and the hook can still work in this shell.
_phaseCacheIsPlanned() {
  _phaseCacheIsShellUsable && builtin declare -F _phaseCacheWithPosition >/dev/null
}

# Makes a subshell usable for the hook, as far as possible.
_phaseCacheRestoreBuiltins() {
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

# Stops caching where no builtin can be relied on: uses none in this shell itself, only in subshells.
_phaseCacheStopWithoutBuiltins() {
  runPhase() { _phaseCacheStdenv_runPhase "$@"; }
  if (
    _phaseCacheRestoreBuiltins
    _phaseCacheReportProblem "a phase disabled or replaced builtins, set variables, or lowered limits that the hook needs" ||
      \echo "phasecache: a phase disabled builtins that the hook needs; building without the cache" >&2
  ); then
    [[ 1 ]]
  elif [[ -n ${phaseCacheStrict-} ]]; then
    \exit 1
  fi
}

# Stops caching for the rest of the build: restores stdenv's runPhase, unless a phase has replaced it. $1: the problem to
# report, if any.
_phaseCacheStop() {
  builtin local _phaseCacheText
  _phaseCacheText=$(builtin declare -f runPhase) || builtin :
  if [[ $_phaseCacheText == *_phaseCacheRunPhase* ]]; then
    runPhase() { _phaseCacheStdenv_runPhase "$@"; }
  fi
  _phaseCacheShouldSave() { builtin return 1; }
  if [[ -n ${1-} ]]; then _phaseCacheReportProblem "$1"; fi
}

# Prints the pid of this process, then the /proc directories of all processes.
_phaseCacheListProcesses() {
  builtin set +efu
  builtin shopt -u failglob
  builtin unset -v GLOBIGNORE
  builtin printf '%s ' "$BASHPID" /proc/[0-9]*
}

# Calls the runtime ($1: plan, save or failed) and applies the script that it returns. Returns the runtime's status. Inside a
# phase, the array _phaseCacheHidden has the last arguments of _phaseCacheDump.
_phaseCacheCallAndApply() {
  # A command substitution turns errexit off, but the state must have it as the phases do.
  builtin local _phaseCacheFlags="${_phaseCacheFlagsAtExit-$-}" _phaseCacheScript
  # The status is that of the runtime alone: with pipefail, the dump fails if the runtime exits before reading all of it.
  _phaseCacheScript=$(
    # Before the files are listed: a process that ends later may change files after they were listed.
    _phaseCacheRunning=$(_phaseCacheListProcesses 2>/dev/null) || builtin :
    # Only directly inside a command substitution does bash know the jobs of the enclosing shell.
    _phaseCacheJobs=$(builtin jobs -l) || builtin :
    _phaseCacheDump "$_phaseCacheFlags" "$_phaseCacheJobs" "$_phaseCacheRunning" ${_phaseCacheHidden+"${_phaseCacheHidden[@]}"} | _phaseCacheCall "$@" || builtin exit "${PIPESTATUS[1]}"
  ) || builtin return
  # A bundle that a crash of the machine has truncated to nothing exits with status 0 and no script.
  [[ $_phaseCacheScript == *'# end' ]] || builtin return 1
  builtin eval "$_phaseCacheScript"
}

# Plans the build. If the runtime fails, rolls back what it has restored and stops caching.
_phaseCachePlan() {
  builtin local _phaseCacheStatus=0
  _phaseCacheCallAndApply plan "$$" "$NIX_BUILD_TOP" "${NIX_LOG_FD-}" "@out@" "${phases[*]-}" "$BASHPID" || _phaseCacheStatus=$?
  if [[ $_phaseCacheStatus -eq 0 ]]; then builtin return 0; fi
  if ! _phaseCacheUndoRestore; then
    _phaseCacheLog "an interrupted restore could not be rolled back; failing the build; set dontPhaseCache to build without the cache"
    builtin exit 1
  fi
  _phaseCacheStop "Node (@node@) could not run the runtime (@runtime@): $(_phaseCacheStatusText "$_phaseCacheStatus"); rebuild phaseCacheHook, or set dontPhaseCache"
}

# Rolls back an interrupted restore. Does not use Node, which may be what failed.
_phaseCacheUndoRestore() (
  _phaseCacheBaseline=/tmp/phasecache-before-$$
  if [[ ! -e $_phaseCacheBaseline ]]; then builtin exit 0; fi
  builtin exec -c "/proc/$$/exe" "@runtime@/undo-restore.sh" "$_phaseCacheBaseline" "$PATH"
)

# Whether phase $1 was restored; plans the build if $1 is the first phase of the list. Calls before that do not come from
# stdenv's loop over the phases, and run unchanged.
_phaseCacheIsRestored() {
  if ! builtin declare -F _phaseCacheWithPosition >/dev/null; then
    [[ ${phases-} == *([[:space:]])"$1"?([[:space:]]*) ]] || builtin return 1
    _phaseCachePlan
    builtin declare -F _phaseCacheWithPosition >/dev/null || builtin return 1
  fi
  _phaseCacheSkipsPreHook() { builtin return 1; }
  _phaseCacheEndsAtHook() { builtin return 1; }
  _phaseCacheWithPosition _phaseCacheAdvance "$1"
}

# Moves to the position after $1.
_phaseCacheMoveOn() {
  builtin eval "_phaseCacheWithPosition() { \"\$@\" $(($1 + 1)); }"
}

# Advances to phase $1, whose first part should be at position $2 of the list; returns whether the phase was restored. If the
# build runs another phase, the list no longer tells which phases made the files, so nothing is saved from there on.
_phaseCacheAdvance() {
  if _phaseCacheIsPhase "$2:$1"; then
    _phaseCacheMoveOn "$2"
    _phaseCachePrintRestored "$2"
  elif _phaseCacheIsPhase "pre:$2"; then
    if _phaseCachePrintRestored "$2"; then _phaseCacheSkipsPreHook() { builtin return 0; }; fi
    _phaseCacheAdvance "$1" "$(($2 + 1))"
  elif _phaseCacheIsPhase "post:$2"; then
    # The phase before was disabled.
    _phaseCacheAdvance "$1" "$(($2 + 1))"
  else
    _phaseCacheShouldSave() { builtin return 1; }
    if _phaseCacheIsPhase "restored:$2"; then
      _phaseCacheLog "$1 runs where the restored build ran another phase, and may find the wrong files; set dontPhaseCache"
    fi
    builtin return 1
  fi
}

# Records that phase $1 runs inside the one before position $2. Uses a file, as this may be a subshell.
_phaseCacheRecordNested() {
  { builtin printf '%s %s\0' "$(($2 - 1))" "$1" >>"$(_phaseCacheSession)/nested"; } 2>/dev/null ||
    _phaseCacheShouldSave() { builtin return 1; }
}

# Saves the phase that has ended with status $1, if it is to be saved. Returns the same status.
_phaseCacheAfterPhase() {
  if ! _phaseCacheIsShellUsable; then
    _phaseCacheStopWithoutBuiltins
    [[ $1 -eq 0 ]]
  else
    if builtin declare -F _phaseCacheWithPosition >/dev/null; then
      if [[ $1 -ne 0 ]]; then _phaseCacheShouldSave() { builtin return 1; }; fi
      _phaseCacheWithPosition _phaseCacheEndPhase
      if _phaseCacheWithPosition _phaseCacheShouldSaveLast; then _phaseCacheWithPosition _phaseCacheSave; fi
    fi
    builtin return "$1"
  fi
}

# Whether to save the phase before position $1.
_phaseCacheShouldSaveLast() {
  _phaseCacheShouldSave "$(($1 - 1))"
}

# Saves the phase before position $1.
_phaseCacheSave() {
  builtin local _phaseCacheStatus=0 _phaseCacheEnding=''
  if _phaseCacheEndsAtHook; then _phaseCacheEnding=at-hook; fi
  _phaseCacheCallAndApply save "$(_phaseCacheSession)" "$(($1 - 1))" "$BASHPID" "$_phaseCacheEnding" || _phaseCacheStatus=$?
  if [[ $_phaseCacheStatus -ne 0 ]]; then
    _phaseCacheStop "Node (@node@) failed while saving ${curPhase-}: $(_phaseCacheStatusText "$_phaseCacheStatus")"
  fi
}

# runPhase as the build sees it. Never calls the phase in a condition, where `set -e` would have no effect inside it.
# Where this shell is not usable, only syntax is used.
_phaseCacheRunPhase() {
  if [[ ${FUNCNAME[*]:1} == *_phaseCacheRunPhase* ]]; then
    if _phaseCacheIsPlanned; then _phaseCacheWithPosition _phaseCacheRecordNested "$*"; fi
    _phaseCacheStdenv_runPhase "$@"
  elif ! _phaseCacheIsShellUsable; then
    _phaseCacheStopWithoutBuiltins
    _phaseCacheStdenv_runPhase "$@"
  elif _phaseCacheIsRestored "$*"; then
    if _phaseCacheWithPosition _phaseCacheIsPartMissing; then
      _phaseCacheRunPart "$@"
      _phaseCacheAfterPhase "$?"
    else
      [[ 1 ]]
    fi
  elif builtin declare -F _phaseCacheIsPhaseDisabled >/dev/null && _phaseCacheIsPhaseDisabled "$*"; then
    _phaseCacheStdenv_runPhase "$@"
  else
    if builtin declare -F _phaseCacheWithPosition >/dev/null; then _phaseCacheWithPosition _phaseCacheBeginPhase; fi
    _phaseCacheStdenv_runPhase "$@"
    _phaseCacheAfterPhase "$?"
  fi
}

# exitHandler as the build sees it. $1: the exit status of the build.
_phaseCacheExitHandler() {
  if _phaseCacheIsPlanned; then
    _phaseCacheWithPosition _phaseCacheEnd "$1" "$-" || [[ 1 ]]
  elif [[ $1 -eq 0 ]]; then
    (_phaseCacheRestoreBuiltins && _phaseCacheIsPlanned && _phaseCacheWithPosition _phaseCacheEnd 0 "$-") || [[ 1 ]]
  fi
  # stdenv's exitHandler begins by reading $?.
  if [[ $1 -eq 0 ]]; then
    _phaseCacheStdenv_exitHandler
  elif (POSIXLY_CORRECT=1 && \exit "$1"); then
    [[ 1 ]]
  else
    _phaseCacheStdenv_exitHandler
  fi
}

# Ends the build with status $1 and shell flags $2, $3 being the position in the phase list. After a failure, saves the
# state for inspection; after a success, warns of what may be wrong with the outputs.
_phaseCacheEnd() {
  builtin local _phaseCacheFlagsAtExit="$2"
  if [[ $1 -eq 0 ]]; then
    if _phaseCacheShouldCallEnd; then _phaseCacheCall end "$(_phaseCacheSession)" "$BASHPID" </dev/null >/dev/null; fi
  elif _phaseCacheShouldSaveLast "$3"; then
    _phaseCacheCallAndApply failed "$(_phaseCacheSession)" "$(($3 - 1))" "$BASHPID" ''
  fi
}

# Prints a definition of function $2 under the name _phaseCacheStdenv_$2. Bash names the file and line of a function in
# error messages of its commands. So this prints the text from the function's file, with empty lines before it: evaluated
# by stdenv at line $1, which comes before the function, it keeps its line numbers.
_phaseCacheCopyFunction() {
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

# Prints $2 empty lines, then the definition of function $1: the remaining arguments, which are lines of its file, up to the
# first that is a single closing brace.
_phaseCacheExcerpt() {
  builtin printf -v _phaseCacheLine '%*s' "$2" ''
  builtin printf '%s_phaseCacheStdenv_' "${_phaseCacheLine// /$'\n'}"
  for _phaseCacheLine in "${@:3}"; do
    builtin printf '%s\n' "$_phaseCacheLine"
    [[ $_phaseCacheLine != '}' ]] || builtin break
  done
}

# Prints a hint in an interactive nix-shell or nix develop, where nothing is restored.
_phaseCacheShellHint() {
  if [[ $- == *i* ]]; then
    builtin printf 'phasecache: this shell restores no phases; to open the newest snapshot, run: phasecache shell %s\n' "${pname:-$name}" >&2
  fi
}

# Removes the hook's own element, which begins with this function's name, from postHooks. Returns whether to wrap runPhase.
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
    # nix develop runs only shellHook when its shell starts.
    shellHook=${shellHook-}$'\n_phaseCacheShellHint'
    builtin return 1
  fi
  if ! builtin declare -F runPhase >/dev/null; then
    _phaseCacheReportProblem "this nixpkgs has no runPhase: phaseCacheHook needs nixpkgs 23.05 or newer"
    builtin return 1
  fi
}

# Replaces stdenv's functions by the hook's.
_phaseCacheWrap() {
  runPhase() { _phaseCacheRunPhase "$@"; }
  if builtin declare -F runHook >/dev/null; then
    builtin eval "_phaseCacheStdenv_$(builtin declare -f runHook)"
    runHook() { _phaseCacheRunHook "$@"; }
  fi
  if builtin declare -F _phaseCacheStdenv_exitHandler >/dev/null; then
    exitHandler() { _phaseCacheExitHandler "$?"; }
  fi
}

# The hook is sourced twice when it is in two dependency lists.
if ! builtin declare -F _phaseCacheDump >/dev/null; then
  # shellcheck source=hooks/dump-state.sh
  # shellcheck source=hooks/watch.sh
  # shellcheck source=hooks/phase-parts.sh
  if source "@runtime@/dump-state.sh" && source "@runtime@/watch.sh" && source "@runtime@/phase-parts.sh"; then
    # setup.sh sources hooks before it defines runPhase, so wrapping waits for postHooks. This is code, not a function, so
    # that the copies of stdenv's functions are defined by a file of stdenv.
    # shellcheck disable=SC2016
    postHooks+=('! _phaseCacheInstall || { eval "$(_phaseCacheCopyFunction "$LINENO" runPhase)"; if declare -F exitHandler >/dev/null; then eval "$(_phaseCacheCopyFunction "$LINENO" exitHandler)"; fi; _phaseCacheWrap; }')
  else
    _phaseCacheReportProblem "cannot read the runtime (@runtime@); rebuild phaseCacheHook, or set dontPhaseCache"
  fi
fi
