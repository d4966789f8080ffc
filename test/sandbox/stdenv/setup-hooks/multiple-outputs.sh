# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# Assigns files to outputs: sets flags for configure, and moves installed files to their outputs.

# _assignOutput VARIABLE NAME…: sets the variable to the first of these outputs that the derivation has.
_assignOutput() {
  local -n _output=$1
  local name
  shift
  for name in "$@"; do
    if [[ -z ${_output-} && -n ${!name-} ]]; then _output=$name; fi
  done
}
_assignOutput outputDev dev out
_assignOutput outputBin bin out
_assignOutput outputLib lib out
_assignOutput outputInclude "$outputDev"
_assignOutput outputDoc doc out
_assignOutput outputMan man "$outputBin"
_assignOutput outputDevman devman devdoc "$outputMan"
_assignOutput outputInfo info "$outputBin"
# Without an output for developers' documentation, it is removed.
_assignOutput outputDevdoc devdoc
: "${outputDevdoc:=REMOVE}"

_isSplit() {
  [[ $(getAllOutputNames) == *" "* ]]
}

_multioutConfig() {
  if [[ -z ${setOutputFlags-1} ]] || ! _isSplit; then return 0; fi
  local docs=${!outputDoc}/share/doc/${pname:-$name}
  prependToVar configureFlags --bindir="${!outputBin}/bin" --sbindir="${!outputBin}/sbin" \
    --includedir="${!outputInclude}/include" --oldincludedir="${!outputInclude}/include" \
    --libdir="${!outputLib}/lib" --libexecdir="${!outputLib}/libexec" --localedir="${!outputLib}/share/locale" \
    --mandir="${!outputMan}/share/man" --infodir="${!outputInfo}/share/info" --docdir="$docs"
  prependToVar installFlags pkgconfigdir="${!outputDev}/lib/pkgconfig" m4datadir="${!outputDev}/share/aclocal"
}
preConfigureHooks+=(_multioutConfig)

# moveToOutput PATTERN OUTPUT: moves matching files of all other outputs to this output.
moveToOutput() {
  local target=${!2} name path relative
  for name in $(getAllOutputNames); do
    if [[ ${!name} == "$target" ]]; then continue; fi
    # The pattern may have wildcards.
    # shellcheck disable=SC2086
    for path in "${!name}"/$1; do
      if [[ ! -e $path && ! -L $path ]]; then continue; fi
      relative=${path#"${!name}/"}
      mkdir -p "$(dirname "$target/$relative")"
      if [[ -d $path && -d $target/$relative ]]; then
        cp -a "$path/." "$target/$relative"
        rm -r "$path"
      else
        mv "$path" "$target/$relative"
      fi
      rmdir -p --ignore-fail-on-non-empty "$(dirname "$path")" 2>/dev/null || :
    done
  done
}

_moveOutputs() {
  local pattern
  if ! _isSplit; then return 0; fi
  moveToOutput include "$outputInclude"
  for pattern in lib/pkgconfig share/pkgconfig lib/cmake share/aclocal 'bin/*-config'; do
    moveToOutput "$pattern" "$outputDev"
  done
  moveToOutput share/doc "$outputDoc"
  moveToOutput share/man "$outputMan"
  moveToOutput share/info "$outputInfo"
  if [[ $outputDev != out && -z ${propagatedBuildOutputs-} ]]; then
    appendToVar propagatedBuildInputs "${!outputLib}"
  fi
}
preFixupHooks+=(_moveOutputs)
