# shellcheck shell=bash
# Writes the shell's state to standard output, for runtime/shell/dump/dump.ts to parse. Fields end in NUL, which no bash
# value can contain: a magic, the caller's flags, `shopt -p`, `shopt -po`, umask, working directory, `trap -p`, `jobs -l`,
# processes, `enable -a`, `hash -l`, `declare -p`, and `declare -p` of the variables that bash fills in only when asked by
# name; then for each function its attributes with its name, and its text; then `end`. Of phasecache's own functions, only
# the copies of stdenv's functions are included.
#
# $1: the caller's `$-`. A command substitution turns errexit and monitor off, so a caller inside one has to read its
# flags before. $2: the output of `jobs -l`, which a subshell does not know. $3: the output of _phaseCacheListProcesses.
# $4: the output of `declare -p` for the remaining arguments, which are variables whose current values are local.
# Output of the phases' traps and traces comes before the magic or after the end, and is ignored.
_phaseCacheDump() (
  {
    _phaseCacheFlags=${1-$-}
    _phaseCacheTraps=$(builtin trap -p)
    builtin trap - DEBUG ERR RETURN
    builtin set +eux
    # Each call reveals the variable of the next function, unless localvar_unset is set.
    for _phaseCacheName in "${@:5}" "${@:5}" "${@:5}"; do
      builtin unset -v "$_phaseCacheName"
    done
    builtin eval "${4-}"
  } >/dev/null
  builtin printf 'phasecache state 1\0%s\0' "$_phaseCacheFlags"
  builtin shopt -p
  builtin printf '\0'
  builtin shopt -po
  builtin printf '\0'
  builtin umask
  builtin printf '\0'
  builtin pwd -L
  builtin printf '\0%s\0%s\0%s\0' "$_phaseCacheTraps" "${2-}" "${3-}"
  builtin enable -a
  builtin printf '\0'
  builtin hash -l
  builtin printf '\0'
  builtin declare -p
  builtin printf '\0'
  builtin declare -p DIRSTACK BASH_ALIASES
  builtin printf '\0'
  # The rest needs process substitution, expansion without aliases, and the default IFS. Setting these changes variables,
  # so it comes after the variables.
  builtin set +o posix
  builtin shopt -u expand_aliases
  builtin unset -v IFS
  builtin mapfile -t _phaseCacheLines < <(builtin declare -F)
  for _phaseCacheLine in "${_phaseCacheLines[@]}"; do
    [[ $_phaseCacheLine != *' _phaseCache'* || $_phaseCacheLine == *' _phaseCacheStdenv_'* ]] || builtin continue
    builtin printf '%s\0' "${_phaseCacheLine#declare -}"
    builtin declare -f -- "${_phaseCacheLine##* }"
    builtin printf '\0'
  done
  builtin printf 'end\0'
) 2>/dev/null
