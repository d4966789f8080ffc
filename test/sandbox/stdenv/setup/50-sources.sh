# shellcheck shell=bash
# shellcheck disable=SC2154
# unpackPhase, patchPhase and configurePhase.

_defaultUnpack() {
  case $1 in
    *.tar | *.tar.* | *.tgz | *.tbz2 | *.txz) tar -xf "$1" ;;
    *)
      [[ -d $1 ]] || return 1
      cp -r --preserve=mode,timestamps -- "$1" "$(stripHash "$1")"
      ;;
  esac
}
unpackCmdHooks+=(_defaultUnpack)

unpackFile() {
  # Hooks read the archive's name from this variable.
  curSrc=$1
  echo "unpacking $curSrc"
  if ! runOneHook unpackCmd "$curSrc"; then
    echo "no hook unpacks $curSrc" >&2
    exit 1
  fi
}

# Prints the folder that unpacking created, given the list of folders before it.
_newFolder() {
  local folder
  local -a added=()
  for folder in */; do
    if [[ $1 != *"|$folder|"* ]]; then added+=("${folder%/}"); fi
  done
  if [[ ${#added[@]} -ne 1 ]]; then
    echo "unpacking created ${#added[@]} folders; set sourceRoot to one of them" >&2
    return 1
  fi
  printf '%s' "${added[0]}"
}

unpackPhase() {
  runHook preUnpack
  local -a archives=()
  local archive before
  concatTo archives srcs
  if [[ ${#archives[@]} -eq 0 ]]; then archives=("$src"); fi
  before=$(printf '|%s|' */)
  for archive in "${archives[@]}"; do unpackFile "$archive"; done
  if [[ -n ${setSourceRoot-} ]]; then
    runOneHook setSourceRoot
  elif [[ -z ${sourceRoot-} ]]; then
    sourceRoot=$(_newFolder "$before")
  fi
  echo "source root is $sourceRoot"
  if [[ -z ${dontMakeSourcesWritable-} ]]; then chmod -R u+w -- "$sourceRoot"; fi
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local -a files=() flags=()
  local file
  concatTo files patches
  concatTo flags patchFlags
  if [[ ${#flags[@]} -eq 0 ]]; then flags=(-p1); fi
  for file in "${files[@]}"; do
    echo "applying $file"
    case $file in
      *.gz) gzip -dc "$file" ;;
      *.xz) xz -dc "$file" ;;
      *.bz2) bzip2 -dc "$file" ;;
      *) cat "$file" ;;
    esac | patch "${flags[@]}"
  done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  : "${configureScript=}"
  if [[ -z $configureScript && -x ./configure ]]; then configureScript=./configure; fi
  if [[ -z ${dontAddPrefix-} ]]; then prependToVar configureFlags "${prefixKey---prefix=}$prefix"; fi
  if [[ -f $configureScript ]]; then
    if [[ -z ${dontAddDisableDepTrack-} ]] && grep -q dependency-tracking "$configureScript"; then
      prependToVar configureFlags --disable-dependency-tracking
    fi
    if [[ -z ${dontDisableStatic-} ]] && grep -q enable-static "$configureScript"; then
      prependToVar configureFlags --disable-static
    fi
    patchShebangs --build "$configureScript"
  fi
  if [[ -n $configureScript ]]; then
    local -a flags=()
    concatTo flags configureFlags configureFlagsArray
    echoCmd 'configure flags' "${flags[@]}"
    # shellcheck disable=SC2086
    $configureScript "${flags[@]}"
  else
    echo "no configure script"
  fi
  runHook postConfigure
}
