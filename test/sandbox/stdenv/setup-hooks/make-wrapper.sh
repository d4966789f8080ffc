# shellcheck shell=bash
# shellcheck disable=SC2016
# makeShellWrapper PROGRAM WRAPPER OPTION…, wrapProgramShell PROGRAM OPTION…: create a script that changes the environment
# and starts the program. Options: --set, --set-default, --unset, --prefix, --suffix, --add-flags, --append-flags, --chdir,
# --run, --argv0, --inherit-argv0. makeWrapper and wrapProgram are the same functions by their usual names.

# addSuffix prefix|suffix VARIABLE SEPARATOR VALUE
addSuffix() {
  local old="\${$2:+"
  if [[ $1 == prefix ]]; then
    printf 'export %s=%q"%s%s$%s}"\n' "$2" "$4" "$old" "$3" "$2"
  else
    printf 'export %s="%s$%s%s}"%q\n' "$2" "$old" "$2" "$3" "$4"
  fi
}

makeWrapper() { makeShellWrapper "$@"; }
makeShellWrapper() {
  local program=$1 wrapper=$2 before='' after='' start=''
  shift 2
  mkdir -p "$(dirname "$wrapper")"
  {
    echo '#!/bin/bash -e'
    while [[ $# -gt 0 ]]; do
      case $1 in
        --set) printf 'export %s=%q\n' "$2" "$3" && shift 3 ;;
        --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3" && shift 3 ;;
        --unset) printf 'unset %s\n' "$2" && shift 2 ;;
        --prefix | --suffix) addSuffix "${1#--}" "$2" "$3" "$4" && shift 4 ;;
        --add-flags) before+=" $2" && shift 2 ;;
        --append-flags) after+=" $2" && shift 2 ;;
        --chdir) printf 'cd %q\n' "$2" && shift 2 ;;
        --run) printf '%s\n' "$2" && shift 2 ;;
        --argv0) printf -v start ' -a %q' "$2" && shift 2 ;;
        --inherit-argv0) start=' -a "$0"' && shift ;;
        *)
          echo "makeWrapper: $1 is not an option" >&2
          return 1
          ;;
      esac
    done
    printf 'exec%s %q%s "$@"%s\n' "$start" "$program" "$before" "$after"
  } >"$wrapper"
  chmod +x "$wrapper"
}

wrapProgram() { wrapProgramShell "$@"; }
wrapProgramShell() {
  local program=$1 hidden
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  mv "$program" "$hidden"
  makeShellWrapper "$hidden" "$program" --inherit-argv0 "${@:2}"
}
