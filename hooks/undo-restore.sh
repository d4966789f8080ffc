# shellcheck shell=bash
# Rolls back an interrupted restore: removes what it has put into the build directory and the outputs, and puts back what
# it has replaced. The hook runs this as a program of its own.
#
# $1: the baseline that was recorded before the restore (runtime/phase/restoring/undo.ts). It consists of words that each
# end in NUL: `-` and the path of an output that did not exist, `+` and the path of a directory, followed by `=` and a name
# for each entry of that directory. $2: the PATH to find chmod, rm and tar in. If the restore has replaced anything, the
# backup lies beside the baseline (runtime/phase/restoring/backup.ts).
set -u
shopt -s nullglob dotglob
PATH=$2

declare -A before=()
removals=()
directories=()
# Prefixes of the paths of staging directories.
staging=()
while IFS= read -r -d '' word; do
  case $word in
    -*)
      path=${word#-}
      removals+=("$path")
      staging+=("${path%/*}/.phasecache-${path##*/}-")
      ;;
    +*)
      directories+=("${word#+}")
      staging+=("${word#+}/.phasecache-")
      ;;
    =*) before["${directories[-1]}/${word#=}"]=1 ;;
  esac
done <"$1"

# Prints the pids of processes that write into a staging directory: a killed runtime leaves them running.
writers() {
  local process words word prefix
  for process in /proc/[1-9]*; do
    words=()
    mapfile -d '' -t words <"$process/cmdline"
    for word in "${words[@]}"; do
      for prefix in "${staging[@]}"; do
        if [[ $word == --directory="$prefix"* ]]; then printf '%s ' "${process##*/}"; fi
      done
    done
  done 2>/dev/null
}

# They must have ended before their files can be removed. A killed process has an empty command line.
for ((tries = 0; tries < 1000; tries++)); do
  read -r -a writing <<<"$(writers)"
  [[ ${#writing[@]} -gt 0 ]] || break
  kill -KILL "${writing[@]}" 2>/dev/null
done

for prefix in "${staging[@]}"; do removals+=("$prefix"*); done
for directory in "${directories[@]}"; do
  for path in "$directory"/*; do
    # The baseline itself is one of the names in /tmp.
    [[ -n ${before["$path"]-} || ($directory == /tmp && $path == /tmp/phasecache-*) ]] || removals+=("$path")
  done
done

backup=$1.backup
if [[ -d $backup ]]; then
  while IFS= read -r -d '' path; do removals+=("$path"); done <"$backup/names"
fi

for path in "${removals[@]}"; do
  # The owner may lack the permission to empty a directory.
  if [[ -d $path && ! -L $path ]]; then chmod -R u+rwx "$path" || exit 1; fi
  rm -rf "$path" || exit 1
done
if [[ -d $backup ]]; then
  tar --extract --absolute-names --preserve-permissions --delay-directory-restore --numeric-owner --file="$backup/tree" || exit 1
fi
rm -rf "$1" "$backup"
