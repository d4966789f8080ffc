# shellcheck shell=bash
# Parts of phases: the hooks that a phase runs first or last are checkpoints of their own (see docs/keys.md). The functions
# that a plan defines (runtime/phase/parts-script.ts) tell which hooks these are.
#
# shellcheck disable=SC2317

# Begins to run the phase before position $1. If it will be saved before it has ended, remembers the values of the variables
# that are local then.
_phaseCacheBeginPhase() {
  builtin local -a _phaseCacheRunnerLocals _phaseCachePhaseLocals
  if _phaseCacheReadSplit "$(($1 - 1))"; then
    _phaseCacheRemember _phaseCachePrintRunnerLocals "${_phaseCacheRunnerLocals[@]}"
    _phaseCacheRemember _phaseCachePrintPhaseLocals "${_phaseCachePhaseLocals[@]}"
  fi
}

# Defines function $1, which prints commands that set the remaining arguments, which are variables, to their values.
_phaseCacheRemember() {
  builtin local _phaseCacheText=''
  if [[ $# -gt 1 ]]; then _phaseCacheText=$(builtin declare -p "${@:2}" 2>/dev/null) || builtin :; fi
  builtin eval "$1() { builtin printf '%s\n' ${_phaseCacheText@Q}; }"
}

# runHook as the build sees it. Where a phase begins or ends with a hook that is a part of its own, saves the phase as far as it
# has come, or skips the hook if its part was restored. In the hook, no variable of this function is visible.
_phaseCacheRunHook() {
  if ! _phaseCacheIsHookOfPhase "${1-}"; then
    _phaseCacheStdenv_runHook "$@"
  elif [[ $1 == post* ]]; then
    _phaseCacheWithPosition _phaseCacheReachPostHook
    _phaseCacheStdenv_runHook "$@"
  elif _phaseCacheSkipsPreHook; then
    _phaseCacheSkipsPreHook() { builtin return 1; }
  else
    if _phaseCacheIsPlanned; then _phaseCachePreHookBegan "${EPOCHSECONDS-0}"; fi
    _phaseCacheStdenv_runHook "$@"
    if _phaseCacheIsPlanned; then _phaseCacheWithPosition _phaseCacheEndPreHook; fi
  fi
}

# Whether hook $1 is called by the phase that is running, where the phase begins or ends. Every hook comes through here, so
# this starts no process.
_phaseCacheIsHookOfPhase() {
  [[ $1 == @(pre|post)* && "${FUNCNAME[3]-} ${FUNCNAME[4]-}" == *_phaseCacheStdenv_runPhase* && ${FUNCNAME[*]:6} != *_phaseCacheRunPhase* ]] &&
    {
      _phaseCacheIsHookCall "$BASHPID:$1:${FUNCNAME[3]-} ${FUNCNAME[4]-} ${FUNCNAME[5]-}" ||
        _phaseCacheIsHookCall "$BASHPID:$1:${FUNCNAME[3]-} ${FUNCNAME[4]-} ${FUNCNAME[5]-} ${FUNCNAME[6]-}"
    } && _phaseCacheWithPosition _phaseCacheIsHookBefore "$1"
}

# Whether the phase before position $2 begins or ends with hook $1.
_phaseCacheIsHookBefore() {
  _phaseCacheIsHookAt "$(($2 - 1)):$1"
}

# Calls of hooks before there is a plan.
_phaseCacheIsHookCall() {
  [[ -z ${1-} ]]
}

# Remembers that a hook began at second $1.
_phaseCachePreHookBegan() {
  builtin eval "_phaseCachePrintBegin() { builtin printf %s ${1:-0}; }"
}

# Saves the hook with which the phase before position $1 began, if it took long enough: most take no time.
_phaseCacheEndPreHook() {
  builtin local -a _phaseCacheRunnerLocals _phaseCachePhaseLocals _phaseCacheHidden
  _phaseCacheReadSplit "$(($1 - 1))" || builtin return 0
  _phaseCacheRemember _phaseCachePrintPhaseLocals "${_phaseCachePhaseLocals[@]}"
  if [[ $((${EPOCHSECONDS-0} - $(_phaseCachePrintBegin))) -ge 5 ]] && _phaseCacheShouldSave "$(($1 - 2))"; then
    _phaseCacheHidden=("$(_phaseCachePrintRunnerLocals)" "${_phaseCacheRunnerLocals[@]}")
    _phaseCacheSave "$(($1 - 1))"
  fi
}

# Saves the phase before position $1 except for the hook that runs next, if this is a part of its own. Else notes that the
# phase ends with a hook that is not set.
_phaseCacheReachPostHook() {
  if ! _phaseCacheIsPhase "post:$1"; then
    _phaseCacheEndsAtHook() { builtin return 0; }
  elif _phaseCacheIsPlanned; then
    builtin local -a _phaseCacheRunnerLocals _phaseCachePhaseLocals _phaseCacheHidden
    if _phaseCacheShouldSave "$(($1 - 1))" && _phaseCacheReadSplit "$(($1 - 1))"; then
      _phaseCacheHidden=("$(_phaseCachePrintRunnerLocals && _phaseCachePrintPhaseLocals)" "${_phaseCacheRunnerLocals[@]}" "${_phaseCachePhaseLocals[@]}")
      _phaseCacheSave "$1"
    fi
    _phaseCacheMoveOn "$1"
  fi
}

# Whether a part at position $1 has yet to run after its phase was restored.
_phaseCacheIsPartMissing() {
  _phaseCacheIsPhase "post:$1" || builtin return 1
  _phaseCacheMoveOn "$1"
  ! _phaseCachePrintRestored "$1"
}

# Ends the phase before position $1. A part that comes next belongs to it: the phase has not called its hook.
_phaseCacheEndPhase() {
  if _phaseCacheIsPhase "post:$1"; then _phaseCacheMoveOn "$1"; fi
}
