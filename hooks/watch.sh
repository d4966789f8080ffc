# shellcheck shell=bash
# Runs the runtime, which may crash or hang.

# Runs program $1 with an empty environment: what the build sets for its own tools (NODE_OPTIONS, LD_LIBRARY_PATH) must
# not affect it. Its first argument after the script $2 is the file descriptor for its answer, which becomes this
# function's output. Its standard output is the heartbeat: a pipe to which it writes a line now and then while it makes
# progress. After five minutes without a heartbeat it is killed with its child processes, and the status is 124. If the
# build has been planned, its last argument is a file descriptor from which it reads "ok" once the files are listed.
_phaseCacheWatch() (
  builtin set +eux
  builtin trap - DEBUG ERR RETURN
  IFS=$' \t\n'
  if builtin declare -F _phaseCacheListRoots >/dev/null; then
    builtin exec {_phaseCacheListed}< <(_phaseCacheListRoots </dev/null 2>/dev/null)
    builtin set -- "$@" "$_phaseCacheListed"
  fi
  builtin exec {_phaseCacheInput}<&0 {_phaseCacheAnswer}>&1
  builtin exec {_phaseCacheHeartbeat}< <(builtin exec -c "$1" "$2" "$_phaseCacheAnswer" "${@:3}" <&"$_phaseCacheInput")
  _phaseCacheStatus=0
  while [[ $_phaseCacheStatus -eq 0 ]]; do
    builtin read -r -t 300 -u "$_phaseCacheHeartbeat" _ || _phaseCacheStatus=$?
  done
  if [[ $_phaseCacheStatus -gt 128 ]]; then
    # Asks the kernel for the current children: the pid of one that has ended may belong to another process.
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

# Lists the files in the roots, in the format that runtime/tree/find.ts decodes, and prints "ok" if the list is complete.
# find can thus work while Node starts. $1: the file for the list. $2: find. $3: its output format. Then follow a name and
# a path for each root; those that do not exist are left out.
_phaseCacheListFiles() {
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
  # Without a path, find would list the working directory.
  [[ ${#_phaseCachePaths[@]} -gt 0 ]] || builtin return 1
  {
    builtin printf f
    builtin printf '%s\0' "${_phaseCacheNames[@]}"
    builtin printf '\0'
    (builtin exec -c "$_phaseCacheFind" "${_phaseCachePaths[@]}" -printf "$_phaseCacheFormat")
  } >|"$_phaseCacheFile" && builtin printf ok
}

# Prints the exit status of a watched program in words.
_phaseCacheStatusText() {
  if [[ $1 -eq 124 ]]; then
    builtin printf 'killed after 5 minutes without progress'
  elif [[ $1 -gt 128 ]]; then
    builtin printf 'killed by SIG%s' "$(builtin kill -l "$1")"
  else
    builtin printf 'exit status %s' "$1"
  fi
}
