# shellcheck shell=bash
# shellcheck disable=SC2154,SC2178,SC2128
# Functions for search paths, lists (strings, or arrays with structuredAttrs) and file types.

getAllOutputNames() {
  if [[ -n $__structuredAttrs ]]; then echo "${!outputs[@]}"; else echo "$outputs"; fi
}

# addToSearchPath VARIABLE FOLDER: appends a folder if it exists and is not in the variable yet.
addToSearchPath() {
  local current=${!1-}
  if [[ -d $2 && :$current: != *:$2:* ]]; then
    export "$1=${current:+$current:}$2"
  fi
}

# Whether $1 is treated as an array. An unset variable is, with structuredAttrs.
_isList() {
  local attributes
  if attributes=$(declare -p "$1" 2>/dev/null); then
    [[ $attributes == "declare -a"* ]]
  else
    [[ -n $__structuredAttrs ]]
  fi
}

prependToVar() {
  local -n _list=$1
  if _isList "$1"; then
    shift
    _list=("$@" ${_list[@]+"${_list[@]}"})
  else
    shift
    _list="$*${_list:+ $_list}"
  fi
}

appendToVar() {
  local -n _list=$1
  if _isList "$1"; then
    shift
    _list+=("$@")
  else
    shift
    _list="${_list:+$_list }$*"
  fi
}

# concatTo ARRAY VARIABLE…: appends the elements of arrays and the words of strings.
concatTo() {
  local -n _target=$1
  local _name
  shift
  for _name in "$@"; do
    local -n _source=$_name
    if [[ ! -v _source[@] ]]; then
      continue
    elif _isList "$_name"; then
      _target+=("${_source[@]}")
    else
      # shellcheck disable=SC2206
      _target+=($_source)
    fi
  done
}

isELF() {
  local magic
  LC_ALL=C IFS= read -r -d '' -n 4 magic <"$1" || :
  [[ $magic == $'\x7fELF' ]]
}

isScript() {
  local magic
  LC_ALL=C IFS= read -r -d '' -n 2 magic <"$1" || :
  [[ $magic == '#!' ]]
}

# Prints the name of a store path without folder and hash.
stripHash() {
  local name=${1##*/}
  if [[ ${name:32:1} == - ]]; then name=${name:33}; fi
  printf '%s\n' "$name"
}

echoCmd() {
  printf '%s:' "$1"
  printf ' %q' "${@:2}"
  echo
}
