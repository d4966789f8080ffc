# shellcheck shell=bash
# shellcheck disable=SC2154
# Hooks that process every output, and settings that make builds reproducible.

# patchShebangs [--build|--host] PATH…: replaces the interpreters of scripts by those on PATH.
patchShebangs() {
  local file interpreter arguments found reference
  if [[ $1 == --* ]]; then shift; fi
  while IFS= read -r -d '' file; do
    if ! isScript "$file"; then continue; fi
    read -r interpreter arguments <"$file" || :
    interpreter=${interpreter#'#!'}
    if [[ -z $interpreter ]]; then read -r interpreter arguments <<<"$arguments"; fi
    if [[ $interpreter == */env ]]; then read -r interpreter arguments <<<"$arguments"; fi
    if [[ $interpreter == "$NIX_STORE"/* ]] || ! found=$(type -P "${interpreter##*/}"); then continue; fi
    if [[ $found == "$interpreter" ]]; then continue; fi
    echo "$file: interpreter $interpreter becomes $found"
    reference=$(mktemp)
    touch -r "$file" "$reference"
    sed -i "1s|.*|#!$found${arguments:+ $arguments}|" "$file"
    touch -r "$reference" "$file"
    rm "$reference"
  done < <(find "$@" -type f -perm -0100 -print0)
}

_patchOutputShebangs() {
  if [[ -z ${dontPatchShebangs-} && -e $prefix ]]; then patchShebangs "$prefix"; fi
}
fixupOutputHooks+=(_patchOutputShebangs)

_compressManPages() {
  local page target
  if [[ -n ${dontGzipMan-} || ! -d $prefix/share/man ]]; then return 0; fi
  while IFS= read -r -d '' page; do
    gzip -9nf "$page"
  done < <(find "$prefix/share/man" -type f ! -name '*.gz' -print0 | sort -z)
  while IFS= read -r -d '' page; do
    target=$(readlink "$page")
    if [[ $target != *.gz ]]; then
      ln -sf "$target.gz" "$page.gz"
      rm "$page"
    fi
  done < <(find "$prefix/share/man" -type l -print0)
}
fixupOutputHooks+=(_compressManPages)

_stripOutput() {
  local folder
  local -a folders=()
  if [[ -n ${dontStrip-} ]]; then return 0; fi
  for folder in lib lib64 libexec bin sbin; do
    if [[ -d $prefix/$folder ]]; then folders+=("$prefix/$folder"); fi
  done
  if [[ ${#folders[@]} -eq 0 ]]; then return 0; fi
  while IFS= read -r -d '' folder; do
    if [[ $folder == *.a ]] || isELF "$folder"; then
      # Files that strip can't process are not changed.
      strip --strip-debug --preserve-dates --enable-deterministic-archives "$folder" || :
    fi
  done < <(find "${folders[@]}" -type f -print0)
}
fixupOutputHooks+=(_stripOutput)

# noBrokenSymlinks OUTPUT: fails if symlinks lead nowhere in the Nix store, or into the build directory.
noBrokenSymlinks() {
  local link target broken=0
  if [[ ! -e $1 ]]; then
    nixWarnLog "there is no $1"
    return 0
  fi
  nixInfoLog "running on $1"
  while IFS= read -r -d '' link; do
    target=$(readlink "$link")
    if [[ $target != /* ]]; then
      target=$(realpath --no-symlinks --canonicalize-missing "$(dirname "$link")/$target")
    fi
    if [[ $target == "$TMPDIR"/* || ($target == "$NIX_STORE"/* && (! -e $target || $target == "$link")) ]]; then
      nixErrorLog "the symlink $link points to $target, which is missing"
      broken=1
    fi
  done < <(find "$1" -type l -print0)
  if [[ $broken -ne 0 ]]; then exit 1; fi
}

noBrokenSymlinksInAllOutputs() {
  if [[ -n ${dontCheckForBrokenSymlinks-} ]]; then return 0; fi
  for output in $(getAllOutputNames); do noBrokenSymlinks "${!output}"; done
}
# After postFixup, which often creates symlinks.
postFixupHooks+=(noBrokenSymlinksInAllOutputs)

# Uses the time of the newest source file as the time of the build.
_setSourceDate() {
  local newest
  newest=$(find "$sourceRoot" -type f -printf '%T@\n' | sort -n | tail -n 1)
  newest=${newest%%.*}
  if [[ ${newest:-0} -gt $SOURCE_DATE_EPOCH ]]; then export SOURCE_DATE_EPOCH=$newest; fi
}
postUnpackHooks+=(_setSourceDate)

# gcc generates the names of hidden symbols from a random number unless it is given a seed.
_seed=${out##*/}
export NIX_CFLAGS_COMPILE="${NIX_CFLAGS_COMPILE:+$NIX_CFLAGS_COMPILE }-frandom-seed=${_seed:0:10}"
unset _seed
