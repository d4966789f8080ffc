# shellcheck shell=bash
# shellcheck disable=SC2154,SC1090,SC1091,SC2034,SC2048,SC2086,SC2178
# Dependencies. Each has two platforms, for which it runs and for which it makes code, as offsets: -1 where the package is
# built, 0 where it runs, 1 that for which it makes code. An array for each pair has the packages with this pair.

declare -a pkgsBuildBuild pkgsBuildHost pkgsBuildTarget pkgsHostHost pkgsHostTarget pkgsTargetTarget
declare -a envBuildBuildHooks envBuildHostHooks envBuildTargetHooks envHostHostHooks envHostTargetHooks envTargetTargetHooks

# Each pair: offsets, name, the file that lists propagated dependencies, and their attribute.
_pairs=(
  "-1 -1 BuildBuild propagated-build-build-deps depsBuildBuildPropagated"
  "-1 0 BuildHost propagated-native-build-inputs propagatedNativeBuildInputs"
  "-1 1 BuildTarget propagated-build-target-deps depsBuildTargetPropagated"
  "0 0 HostHost propagated-host-host-deps depsHostHostPropagated"
  "0 1 HostTarget propagated-build-inputs propagatedBuildInputs"
  "1 1 TargetTarget propagated-target-target-deps depsTargetTargetPropagated"
)

# _findInput PACKAGE HOST TARGET: adds a package and what it propagates, each once. Platforms in a package's list are relative
# to the package's own.
_findInput() {
  local pair host target name file input
  for pair in "${_pairs[@]}"; do
    IFS=' ' read -r host target name file _ <<<"$pair"
    if [[ $host == "$2" && $target == "$3" ]]; then local -n _packages=pkgs$name; fi
  done
  if [[ " ${_packages[*]-} " == *" $1 "* ]]; then return 0; fi
  if [[ ! -e $1 ]]; then
    echo "build input $1 does not exist" >&2
    exit 1
  fi
  _packages+=("$1")
  for pair in "${_pairs[@]}"; do
    IFS=' ' read -r host target name file _ <<<"$pair"
    if [[ ! -f $1/nix-support/$file ]]; then continue; fi
    if ((host = host <= 0 ? host + $2 : host - 1 + $3, host < -1 || host > 1)); then continue; fi
    if ((target = target <= 0 ? target + $2 : target - 1 + $3, target < -1 || target > 1)); then continue; fi
    for input in $(<"$1/nix-support/$file"); do _findInput "$input" "$host" "$target"; done
  done
}

# _findInputs HOST TARGET VARIABLE…
_findInputs() {
  local input
  local -a inputs=()
  concatTo inputs "${@:3}"
  for input in ${inputs[*]}; do _findInput "$input" "$1" "$2"; done
}

# _activate PACKAGE HOST TARGET: sources a package's setup hook, which sees the offsets, and adds its folders to search paths.
# Only with strictDeps are programs for another platform left out.
_activate() {
  local hostOffset=$2 targetOffset=$3
  if [[ -f $1 ]]; then
    nixTalkativeLog "sourcing setup hook '$1'"
    source "$1"
  fi
  if [[ -z ${strictDeps-} || $hostOffset -lt 0 ]]; then addToSearchPath _PATH "$1/bin"; fi
  if [[ $hostOffset -lt 0 ]]; then addToSearchPath _XDG_DATA_DIRS "$1/share"; fi
  if [[ $hostOffset -eq 0 ]]; then addToSearchPath _HOST_PATH "$1/bin"; fi
  if [[ -f $1/nix-support/setup-hook ]]; then
    nixTalkativeLog "sourcing setup hook '$1/nix-support/setup-hook'"
    source "$1/nix-support/setup-hook"
  fi
}

# addEnvHooks OFFSET FUNCTION…: setup hooks pass functions that run for each package with this host platform.
addEnvHooks() {
  local pair host name
  for pair in "${_pairs[@]}"; do
    IFS=' ' read -r host _ name _ <<<"$pair"
    local -n _hooks=env${name}Hooks
    if [[ $host == "$1" ]]; then _hooks+=("${@:2}"); fi
  done
}

# Runs these functions. Without strictDeps, they run for every package.
_addToEnv() {
  local pair depHostOffset depTargetOffset name package
  local -A isAdded=()
  local -a all=() packages
  for package in "${pkgsBuildBuild[@]}" "${pkgsBuildHost[@]}" "${pkgsBuildTarget[@]}" "${pkgsHostHost[@]}" \
    "${pkgsHostTarget[@]}" "${pkgsTargetTarget[@]}"; do
    if [[ ! -v isAdded[$package] ]]; then all+=("$package"); fi
    isAdded[$package]=1
  done
  for pair in "${_pairs[@]}"; do
    IFS=' ' read -r depHostOffset depTargetOffset name _ <<<"$pair"
    local -n _packages=pkgs$name
    packages=("${all[@]}")
    if [[ -n ${strictDeps-} ]]; then packages=("${_packages[@]}"); fi
    for package in "${packages[@]}"; do runHook "env${name}Hook" "$package"; done
  done
}

_addRpathPrefix() {
  if [[ ${NIX_NO_SELF_RPATH-} != 1 ]]; then export NIX_LDFLAGS="-rpath $1/lib ${NIX_LDFLAGS-}"; fi
}
