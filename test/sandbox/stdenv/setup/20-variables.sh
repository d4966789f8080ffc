# shellcheck shell=bash
# shellcheck disable=SC2154,SC2178,SC2128,SC2206
# Functions for search paths, lists (strings, or arrays with structuredAttrs) and file types.

getAllOutputNames() {
  if [[ -n $__structuredAttrs ]]; then echo "${!outputs[*]}"; else echo "$outputs"; fi
}

# addToSearchPathWithCustomDelimiter DELIMITER VARIABLE FOLDER: appends a folder if it exists and is not in the variable yet.
addToSearchPathWithCustomDelimiter() {
  local current=${!2-}
  if [[ -d $3 && $1$current$1 != *"$1$3$1"* ]]; then export "$2=${current:+$current$1}$3"; fi
}

addToSearchPath() {
  addToSearchPathWithCustomDelimiter : "$@"
}

# Whether variable $1 is treated as an array. An unset variable is, with structuredAttrs.
_isArray() {
  local attributes
  if attributes=$(declare -p "$1" 2>/dev/null); then
    [[ $attributes == "declare -a"* ]]
  else
    [[ -n $__structuredAttrs ]]
  fi
}

# _rejectAssociative FUNCTION VARIABLE: fails if the variable is an associative array.
_rejectAssociative() {
  if [[ $(declare -p "$2" 2>/dev/null) == "declare -A"* ]]; then
    echo "$1: $2 is an associative array" >&2
    return 1
  fi
}

prependToVar() {
  local -n _list=$1
  _rejectAssociative prependToVar "$1" || return 1
  if _isArray "$1"; then
    _list=("${@:2}" ${_list+"${_list[@]}"})
  else
    _list="${*:2} ${_list-}"
  fi
}

appendToVar() {
  local -n _list=$1
  _rejectAssociative appendToVar "$1" || return 1
  if _isArray "$1"; then
    _list+=("${@:2}")
  else
    _list="${_list-} ${*:2}"
  fi
}

# concatTo ARRAY VARIABLE[=DEFAULT]…: appends the elements of arrays and the words of strings, or the default if the variable
# is empty.
concatTo() {
  local -
  set -o noglob
  local -n _target=$1
  local _name
  shift
  for _name in "$@"; do
    local -n _source=${_name%%=*}
    _rejectAssociative concatTo "${_name%%=*}" || return 1
    if [[ -z ${_source[*]} && $_name == *=?* ]]; then
      _target+=("${_name#*=}")
    elif [[ ! -v _source && ! -v _source[@] ]]; then
      continue
    elif _isArray "${_name%%=*}"; then
      _target+=("${_source[@]}")
    else
      _target+=(${_source-})
    fi
  done
}

# concatStringsSep SEPARATOR VARIABLE: prints the elements of an array with a separator between them, or a string with its
# spaces replaced.
concatStringsSep() {
  local -n _source=$2
  local _element _joined=''
  _rejectAssociative concatStringsSep "$2" || return 1
  if [[ ! -v _source && ! -v _source[@] ]]; then return 0; fi
  if _isArray "$2"; then
    for _element in "${_source[@]}"; do _joined+=$1$_element; done
    printf %s "${_joined#"$1"}"
  else
    printf %s "${_source//' '/"$1"}"
  fi
}

# Whether file $1 begins with the $2 bytes $3.
_beginsWith() {
  local magic
  LC_ALL=C IFS= read -r -d '' -n "$2" magic <"$1" || :
  [[ $magic == "$3" ]]
}

isELF() {
  _beginsWith "$1" 4 $'\x7fELF'
}

isScript() {
  _beginsWith "$1" 2 '#!'
}

# Prints the name of a store path without folder and hash.
stripHash() {
  local name=${1##*/}
  if [[ $name =~ ^[a-z0-9]{32}- ]]; then name=${name:33}; fi
  printf '%s\n' "$name"
}

echoCmd() {
  printf '%s:' "$1"
  printf ' %q' "${@:2}"
  echo
}

printLines() {
  if [[ $# -gt 0 ]]; then printf '%s\n' "$@"; fi
}

printWords() {
  if [[ $# -gt 0 ]]; then printf '%s ' "$@"; fi
}
