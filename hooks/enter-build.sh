# shellcheck shell=bash
# Runs a command with a build's paths where they were in the builder. Expects to be root in a mount namespace of its own.
# All other paths are the machine's.
#
#   enter-build.sh TREE BUILD_TOP STORE_DIR MAPPED OUTPUT... -- COMMAND...
#
# Mounts TREE/build as BUILD_TOP, and TREE/store as an overlay of STORE_DIR, so that the machine's store is not modified.
# Each OUTPUT is a name in STORE_DIR. With MAPPED=1 the command runs as user 1000 of group 100, as in Nix's sandbox.
set -eu
shopt -s nullglob dotglob

tree=$1 buildTop=$2 storeDir=$3 mapped=$4
shift 4
root=$tree/root

# Makes all entries of directory $1 but the one named $2 visible below the new root.
mountAllBut() {
  local entry
  for entry in "${1%/}"/*; do
    if [[ ${entry##*/} == "$2" ]]; then
      continue
    elif [[ -L $entry ]]; then
      cp -P -- "$entry" "$root$entry"
    elif [[ -d $entry ]]; then
      mkdir -- "$root$entry"
      mount --rbind -- "$entry" "$root$entry" || rmdir -- "$root$entry"
    else
      : >"$root$entry"
      mount --bind -- "$entry" "$root$entry" || rm -- "$root$entry"
    fi
  done
}

mkdir -p -- "$root" "$tree/store" "$tree/work"
mount -t tmpfs -o mode=755 phasecache "$root"

directory=
rest=${storeDir#/}
while [[ -n $rest ]]; do
  part=${rest%%/*}
  rest=${rest#"$part"}
  rest=${rest#/}
  mountAllBut "$directory/" "$part"
  directory=$directory/$part
  mkdir -- "$root$directory"
done

if [[ -d $storeDir ]]; then
  layers=lowerdir=$storeDir,upperdir=$tree/store,workdir=$tree/work
  mount -t overlay -o "$layers,userxattr" phasecache "$root$storeDir"
else
  mount --bind -- "$tree/store" "$root$storeDir"
fi
while [[ $1 != -- ]]; do
  # The overlay must not show the contents of an output that the machine's store has.
  if [[ -e $storeDir/$1 ]]; then
    [[ -e $tree/store/$1 ]] || mkdir -- "$tree/store/$1"
    mount --bind -- "$tree/store/$1" "$root$storeDir/$1"
  fi
  shift
done
shift

mkdir -p -- "$root$buildTop"
mount --bind -- "$tree/build" "$root$buildTop"

cd -- "$root"
pivot_root . .
umount -l .
cd /
if [[ $mapped == 1 ]]; then exec unshare --user --map-user=1000 --map-group=100 -- "$@"; fi
exec "$@"
