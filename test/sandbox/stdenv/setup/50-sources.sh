# shellcheck shell=bash
# shellcheck disable=SC2154
# unpackPhase, patchPhase and configurePhase. As in nixpkgs, every phase ends with its `post` hook.

_defaultUnpack() {
  local target
  case $1 in
    *.tar.xz | *.txz) xz -dc "$1" | tar -xf - --mode=+w --warning=no-timestamp ;;
    *.tar | *.tar.* | *.tgz | *.tbz2 | *.tbz) tar -xf "$1" --mode=+w --warning=no-timestamp ;;
    *)
      [[ -d $1 ]] || return 1
      target=$(stripHash "$1")
      if [[ -e $target ]]; then
        echo "$target exists already; do two sources have the same name?"
        return 1
      fi
      cp -r --preserve=timestamps --reflink=auto -- "$1" "$target"
      ;;
  esac
}
unpackCmdHooks+=(_defaultUnpack)

unpackFile() {
  # Hooks read the archive's name from this variable.
  curSrc=$1
  echo "unpacking $curSrc"
  if ! runOneHook unpackCmd "$curSrc"; then
    echo "no hook unpacks $curSrc"
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
  # Set for later phases, as in nixpkgs.
  : "${srcs:=${src-}}"
  concatTo archives srcs
  if [[ ${#archives[@]} -eq 0 ]]; then
    echo "set src or srcs"
    exit 1
  fi
  before=$(printf '|%s|' */)
  for archive in "${archives[@]}"; do unpackFile "$archive"; done
  : "${sourceRoot=}"
  if [[ -n ${setSourceRoot-} ]]; then
    runOneHook setSourceRoot
  elif [[ -z $sourceRoot ]]; then
    sourceRoot=$(_newFolder "$before")
  fi
  echo "source root is $sourceRoot"
  if [[ ${dontMakeSourcesWritable:-0} != 1 ]]; then chmod -R u+w -- "$sourceRoot"; fi
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local -a files=() flags=()
  local file
  concatTo files patches
  concatTo flags patchFlags=-p1
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

# Lets libtool link with libraries whose type it can't determine, and calls `file` by its name. Keeps the time of configure
# scripts, because some makefiles generate them again if they are newer than others.
_fixLibtool() {
  local file
  export lt_cv_deplibs_check_method=${lt_cv_deplibs_check_method-pass_all}
  while IFS= read -r -d '' file; do
    if grep -q 'eval sys_lib_.*search_path=' "$file"; then sed -i '/eval sys_lib_.*search_path=/d' "$file"; fi
  done < <(find . -iname ltmain.sh -print0)
  CONFIGURE_MTIME_REFERENCE=$(mktemp configure.mtime.reference.XXXXXX)
  while IFS= read -r -d '' file; do
    if grep -q /usr/bin/file "$file"; then
      touch -r "$file" "$CONFIGURE_MTIME_REFERENCE"
      sed -i s,/usr/bin/file,file,g "$file"
      touch -r "$CONFIGURE_MTIME_REFERENCE" "$file"
    fi
  done < <(find . -type f -executable -name configure -print0)
  rm "$CONFIGURE_MTIME_REFERENCE"
}

# Adds flags that only some configure scripts know.
_addKnownFlags() {
  if [[ -z ${dontAddDisableDepTrack-} ]] && grep -q dependency-tracking "$configureScript"; then
    prependToVar configureFlags --disable-dependency-tracking
  fi
  if [[ -z ${dontDisableStatic-} ]] && grep -q enable-static "$configureScript"; then
    prependToVar configureFlags --disable-static
  fi
  if [[ -z ${dontPatchShebangsInConfigure-} ]]; then patchShebangs --build "$configureScript"; fi
}

configurePhase() {
  runHook preConfigure
  : "${configureScript=}"
  if [[ -z $configureScript && -x ./configure ]]; then configureScript=./configure; fi
  if [[ -z ${dontFixLibtool-} ]]; then _fixLibtool; fi
  if [[ -z ${dontAddPrefix-} && -n $prefix ]]; then prependToVar configureFlags "${prefixKey:---prefix=}$prefix"; fi
  if [[ -f $configureScript ]]; then _addKnownFlags; fi
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
