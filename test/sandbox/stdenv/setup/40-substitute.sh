# shellcheck shell=bash
# Functions that replace text in files.

# Applies options to the text in variable $1; $2 is the name of its file, for messages.
_substituteText() {
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
}

# substitute INPUT OUTPUT OPTION…
substitute() {
  local content input=$1 output=$2
  shift 2
  if IFS= read -r -d '' content <"$input"; then
    echo "substitute: $input is not a text" >&2
    return 1
  fi
  _substituteText content "$input" "$@"
  if [[ -e $output ]]; then chmod u+w "$output"; fi
  printf '%s' "$content" >"$output"
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

# substituteAll INPUT OUTPUT: substitutes every exported variable whose name begins with a lower-case letter.
substituteAll() {
  local -a options=()
  local variable
  while read -r variable; do
    if [[ $variable == [a-z]* ]]; then options+=(--subst-var "$variable"); fi
  done < <(compgen -e)
  substitute "$1" "$2" "${options[@]}"
}

substituteAllInPlace() {
  substituteAll "$1" "$1"
}
