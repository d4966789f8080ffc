# shellcheck shell=bash
# Runs the runtime, which may come to any end, or to none.

# Runs program $1 with an empty environment: what the build has set for its own tools (NODE_OPTIONS, LD_LIBRARY_PATH)
# must not reach it. Its first argument after the script $2 is the file descriptor for its answer, which becomes this
# function's output; its own standard output is a pipe to here, on which it writes a line now and then while it gets on.
# After five minutes of silence it is ended, with the processes that it has started, and the status is 124. In a build
# that was planned its last argument is the descriptor from which it can read "ok" once the build's files are listed.
_phaseCacheWatch() (
  builtin set +eux
  builtin trap - DEBUG ERR RETURN
  IFS=$' \t\n'
  if builtin declare -F _phaseCacheListing >/dev/null; then
    builtin exec {_phaseCacheListed}< <(_phaseCacheListing </dev/null 2>/dev/null)
    builtin set -- "$@" "$_phaseCacheListed"
  fi
  builtin exec {_phaseCacheInput}<&0 {_phaseCacheAnswer}>&1
  builtin exec {_phaseCacheBeats}< <(builtin exec -c "$1" "$2" "$_phaseCacheAnswer" "${@:3}" <&"$_phaseCacheInput")
  _phaseCacheStatus=0
  while [[ $_phaseCacheStatus -eq 0 ]]; do
    builtin read -r -t 300 -u "$_phaseCacheBeats" _ || _phaseCacheStatus=$?
  done
  if [[ $_phaseCacheStatus -gt 128 ]]; then
    # As the kernel has them now: the number of one that has ended may be another process's.
    builtin read -r -a _phaseCacheStarted <"/proc/$BASHPID/task/$BASHPID/children"
    for _phaseCacheProcess in "${_phaseCacheStarted[@]}"; do
      _phaseCacheChildren=()
      builtin read -r -a _phaseCacheChildren <"/proc/$_phaseCacheProcess/task/$_phaseCacheProcess/children"
      builtin kill -KILL "$_phaseCacheProcess" "${_phaseCacheChildren[@]}"
    done 2>/dev/null
    builtin exit 124
  fi
  builtin wait "$!"
)

# Lists what is in some directories, as runtime/tree/find.ts decodes it, and prints "ok" if the list is whole: find then
# works while Node starts. $1: the file for it. $2: find. $3: what that prints of each file. Then a name and a path for
# each directory; one that does not exist is left out.
_phaseCacheList() {
  builtin local -a _phaseCacheNames _phaseCachePaths
  _phaseCacheNames=() _phaseCachePaths=()
  builtin local _phaseCacheFile="$1" _phaseCacheFind="$2" _phaseCacheFormat="$3"
  builtin shift 3
  while [[ $# -gt 0 ]]; do
    if [[ -e $2 || -L $2 ]]; then
      _phaseCacheNames+=("$1")
      _phaseCachePaths+=("$2")
    fi
    builtin shift 2
  done
  # Without a path find would list the working directory.
  [[ ${#_phaseCachePaths[@]} -gt 0 ]] || builtin return 1
  {
    builtin printf f
    builtin printf '%s\0' "${_phaseCacheNames[@]}"
    builtin printf '\0'
    (builtin exec -c "$_phaseCacheFind" "${_phaseCachePaths[@]}" -printf "$_phaseCacheFormat")
  } >|"$_phaseCacheFile" && builtin printf ok
}

# What the status of a watched program says.
_phaseCacheStatusText() {
  if [[ $1 -eq 124 ]]; then
    builtin printf 'killed after 5 minutes without progress'
  elif [[ $1 -gt 128 ]]; then
    builtin printf 'killed by SIG%s' "$(builtin kill -l "$1")"
  else
    builtin printf 'exit status %s' "$1"
  fi
}
