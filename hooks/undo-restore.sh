# shellcheck shell=bash
# Removes what a restore that was ended half-way has put into the build directory and the outputs, and puts back what it
# has replaced. The hook runs this as a program of its own.
#
# $1: the note that was made before the restore (runtime/phase/undo.ts): words that each end in NUL, `-` and the path of an
# output that was not there, `+` and the path of a directory, then `=` and each name that was in it. $2: where to find
# chmod, rm and tar. Beside the note is a directory, if anything was in the way (runtime/phase/kept.ts).
set -u
shopt -s nullglob dotglob
PATH=$2

declare -A before=()
doomed=()
directories=()
while IFS= read -r -d '' word; do
  case $word in
    -*)
      path=${word#-}
      doomed+=("$path" "${path%/*}/.phasecache-${path##*/}-"*)
      ;;
    +*) directories+=("${word#+}") ;;
    =*) before["${directories[-1]}/${word#=}"]=1 ;;
  esac
done <"$1"
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
