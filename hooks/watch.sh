# shellcheck shell=bash
# Runs a program that may come to any end, or to none.

# Runs program $1 with an empty environment: what the build has set for its own tools (NODE_OPTIONS, LD_LIBRARY_PATH)
# must not reach it. Its first argument after the script $2 is the file descriptor for its answer, which becomes this
# function's output; its own standard output is a pipe to here, on which it writes a line now and then while it gets on.
# After five minutes of silence it is ended, with the processes that it has started, and the status is 124.
_phaseCacheWatch() (
  builtin set +eux
  builtin trap - DEBUG ERR RETURN
  IFS=$' \t\n'
  builtin exec {_phaseCacheInput}<&0 {_phaseCacheAnswer}>&1
  builtin exec {_phaseCacheBeats}< <(builtin exec -c "$1" "$2" "$_phaseCacheAnswer" "${@:3}" <&"$_phaseCacheInput")
  _phaseCacheStatus=0
  while [[ $_phaseCacheStatus -eq 0 ]]; do
    builtin read -r -t 300 -u "$_phaseCacheBeats" _ || _phaseCacheStatus=$?
  done
  if [[ $_phaseCacheStatus -gt 128 ]]; then
    _phaseCacheChildren=()
    builtin read -r -a _phaseCacheChildren <"/proc/$!/task/$!/children"
    builtin kill -KILL "$!" "${_phaseCacheChildren[@]}"
    builtin exit 124
  fi
  builtin wait "$!"
)

# What the status of a watched program says.
_phaseCacheWhy() {
  if [[ $1 -eq 124 ]]; then
    builtin printf 'it made no progress for 5 minutes and was ended'
  elif [[ $1 -gt 128 ]]; then
    builtin printf 'SIG%s ended it' "$(builtin kill -l "$1")"
  else
    builtin printf 'exit status %s' "$1"
  fi
}
