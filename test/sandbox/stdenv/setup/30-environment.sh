# shellcheck shell=bash
# shellcheck disable=SC2154,SC1090,SC1091,SC2123,SC2034
# The environment of phases: PATH, build inputs with their setup hooks, prefix, time.

if [[ -n $__structuredAttrs ]]; then
  for _name in "${!env[@]}"; do export "$_name=${env[$_name]}"; done
fi

export CONFIG_SHELL=$SHELL TZ=UTC
# The earliest time in the zip format.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}

PATH=
HOST_PATH=
for _name in $initialPath; do
  addToSearchPath PATH "$_name/bin"
  addToSearchPath HOST_PATH "$_name/bin"
done

runHook preHook

declare -a preFixupHooks fixupOutputHooks postFixupHooks preConfigureHooks postUnpackHooks unpackCmdHooks
declare -a _inputs=()

# Adds build inputs and the inputs that they propagate, each once.
_findInputs() {
  local input known propagated
  for input in "$@"; do
    for known in "${_inputs[@]}"; do
      if [[ $known == "$input" ]]; then continue 2; fi
    done
    if [[ ! -e $input ]]; then
      echo "build input $input does not exist" >&2
      exit 1
    fi
    _inputs+=("$input")
    for propagated in "$input"/nix-support/propagated-{native-build-inputs,build-inputs}; do
      # shellcheck disable=SC2046
      if [[ -f $propagated ]]; then _findInputs $(<"$propagated"); fi
    done
  done
}

_activateInput() {
  if [[ -f $1 ]]; then source "$1"; fi
  addToSearchPath _PATH "$1/bin"
  if [[ -f $1/nix-support/setup-hook ]]; then source "$1/nix-support/setup-hook"; fi
}

# shellcheck disable=SC2048,SC2086
_findInputs ${nativeBuildInputs[*]-} ${propagatedNativeBuildInputs[*]-} ${buildInputs[*]-} \
  ${propagatedBuildInputs[*]-} $defaultNativeBuildInputs
for _name in "${_inputs[@]}"; do _activateInput "$_name"; done
PATH=${_PATH:+$_PATH:}$PATH
unset _name _inputs _PATH
unset -f _findInputs _activateInput

if [[ ${NIX_NO_SELF_RPATH-} != 1 ]]; then export NIX_LDFLAGS="-rpath $out/lib${NIX_LDFLAGS:+ $NIX_LDFLAGS}"; fi
: "${prefix:=$out}"

: "${NIX_BUILD_CORES:=1}"
if ((NIX_BUILD_CORES < 1)); then NIX_BUILD_CORES=$(nproc); fi
export NIX_BUILD_CORES
