# shellcheck shell=bash
# Removes what a restore that was ended half-way has put into the build directory and the outputs, and puts back what it
# has replaced. The hook runs this as a program of its own.
#
# $1: the note that was made before the restore (runtime/phase/restoring/undo.ts): words that each end in NUL, `-` and the path of an
# output that was not there, `+` and the path of a directory, then `=` and each name that was in it. $2: where to find
# chmod, rm and tar. Beside the note is a directory, if anything was in the way (runtime/phase/restoring/backup.ts).
set -u
shopt -s nullglob dotglob
PATH=$2

declare -A before=()
doomed=()
directories=()
# What the names of staging directories begin with.
staging=()
while IFS= read -r -d '' word; do
  case $word in
    -*)
      path=${word#-}
      doomed+=("$path")
      staging+=("${path%/*}/.phasecache-${path##*/}-")
      ;;
    +*)
      directories+=("${word#+}")
      staging+=("${word#+}/.phasecache-")
      ;;
    =*) before["${directories[-1]}/${word#=}"]=1 ;;
  esac
done <"$1"

# The processes that write into a staging directory, which a runtime that was killed leaves at work.
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

# They must be gone before what they write can be removed. A process that has been killed has no words.
for ((tries = 0; tries < 1000; tries++)); do
  read -r -a writing <<<"$(writers)"
  [[ ${#writing[@]} -gt 0 ]] || break
  kill -KILL "${writing[@]}" 2>/dev/null
done

for prefix in "${staging[@]}"; do doomed+=("$prefix"*); done
for directory in "${directories[@]}"; do
  for path in "$directory"/*; do
    # The note is among them.
    [[ -n ${before["$path"]-} || ($directory == /tmp && $path == /tmp/phasecache-*) ]] || doomed+=("$path")
  done
done

kept=$1.kept
if [[ -d $kept ]]; then
  while IFS= read -r -d '' path; do doomed+=("$path"); done <"$kept/names"
fi

for path in "${doomed[@]}"; do
  # A directory may deny its owner to empty it.
  if [[ -d $path && ! -L $path ]]; then chmod -R u+rwx "$path" || exit 1; fi
  rm -rf "$path" || exit 1
done
if [[ -d $kept ]]; then
  tar --extract --absolute-names --preserve-permissions --delay-directory-restore --numeric-owner --file="$kept/tree" || exit 1
fi
rm -rf "$1" "$kept"
