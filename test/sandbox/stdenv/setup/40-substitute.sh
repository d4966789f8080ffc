# shellcheck shell=bash
# shellcheck disable=SC2034
# Functions that replace text in files.

# substituteStream VARIABLE DESCRIPTION OPTION…: applies options to the text in a variable, and prints the text.
substituteStream() {
  local -n _text=$1
  local from=$2 old new
  shift 2
  while [[ $# -gt 0 ]]; do
    case $1 in
      --replace | --replace-warn | --replace-fail | --replace-quiet)
        old=$2 new=$3
        if [[ $_text != *"$old"* ]]; then
          if [[ $1 != --replace-quiet ]]; then printf 'substitute: %q is not in %s\n' "$old" "$from" >&2; fi
          if [[ $1 == --replace-fail ]]; then return 1; fi
        fi
        shift 3
        ;;
      --subst-var)
        if [[ ! -v $2 ]]; then
          echo "substitute: there is no variable $2" >&2
          return 1
        fi
        old=@$2@ new=${!2}
        shift 2
        ;;
      --subst-var-by)
        old=@$2@ new=$3
        shift 3
        ;;
      *)
        echo "substitute: $1 is not an option" >&2
        return 1
        ;;
    esac
    _text=${_text//"$old"/"$new"}
  done
  printf %s "$_text"
}

# consumeEntire VARIABLE: reads standard input, which must be text.
consumeEntire() {
  if IFS= read -r -d '' "$1"; then
    echo "consumeEntire: the input is not a text" >&2
    return 1
  fi
}

# substitute INPUT OUTPUT OPTION…
substitute() {
  local content input=$1 output=$2
  shift 2
  if [[ ! -f $input ]]; then
    echo "substitute: there is no file $input" >&2
    return 1
  fi
  consumeEntire content <"$input"
  if [[ -e $output ]]; then chmod +w "$output"; fi
  substituteStream content "file '$input'" "$@" >"$output"
}

# substituteInPlace FILE… OPTION…
substituteInPlace() {
  local -a files=()
  local file
  while [[ $# -gt 0 && $1 != --* ]]; do
    files+=("$1")
    shift
  done
  for file in "${files[@]}"; do substitute "$file" "$file" "$@"; done
}

# Sets the caller's array `options` to substitute every exported variable whose name begins with a lower-case letter.
_allFlags() {
  local variable
  # With structuredAttrs, these are not in the environment.
  export system pname name version
  while read -r variable; do
    if [[ $variable == [a-z]* && -v $variable ]]; then options+=(--subst-var "$variable"); fi
  done < <(compgen -e)
}

substituteAllStream() {
  local -a options=()
  _allFlags
  substituteStream "$1" "$2" "${options[@]}"
}

# substituteAll INPUT OUTPUT
substituteAll() {
  local -a options=()
  _allFlags
  substitute "$1" "$2" "${options[@]}"
}

substituteAllInPlace() {
  substituteAll "$1" "$1"
}
