# shellcheck shell=bash
# shellcheck disable=SC2123,SC2154,SC2034
# The environment of phases: PATH, build inputs with their setup hooks, prefix, time.

if [[ -n $__structuredAttrs ]]; then
  for _name in "${!env[@]}"; do export "$_name=${env[$_name]}"; done
fi

# The earliest time in the zip format.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}

PATH=
HOST_PATH=
for _name in $initialPath; do
  addToSearchPath PATH "$_name/bin"
  if [[ -z ${strictDeps-} ]]; then addToSearchPath HOST_PATH "$_name/bin"; fi
done
nixWarnLog "initial path: $PATH"

export CONFIG_SHELL=$SHELL
runHook preHook
runHook addInputsHook

declare -a preFixupHooks fixupOutputHooks preConfigureHooks postFixupHooks postUnpackHooks unpackCmdHooks

_findInputs -1 -1 depsBuildBuild depsBuildBuildPropagated
_findInputs -1 0 nativeBuildInputs propagatedNativeBuildInputs
_findInputs -1 1 depsBuildTarget depsBuildTargetPropagated
_findInputs 0 0 depsHostHost depsHostHostPropagated
_findInputs 0 1 buildInputs propagatedBuildInputs
_findInputs 1 1 depsTargetTarget depsTargetTargetPropagated
_findInputs -1 0 defaultNativeBuildInputs

for _pair in "${_pairs[@]}"; do
  IFS=' ' read -r _host _target _name _ <<<"$_pair"
  declare -n _packages=pkgs$_name
  for _name in "${_packages[@]}"; do _activate "$_name" "$_host" "$_target"; done
done
unset -n _packages
_addToEnv
unset -v _name _pair _host _target

_addRpathPrefix "$out"
export TZ=UTC
: "${prefix:=$out}"

PATH=${_PATH:+$_PATH:}$PATH
HOST_PATH=${_HOST_PATH:+$_HOST_PATH${HOST_PATH:+:}}$HOST_PATH
export XDG_DATA_DIRS=${_XDG_DATA_DIRS-}${_XDG_DATA_DIRS:+${XDG_DATA_DIRS:+:}}${XDG_DATA_DIRS-}
unset -v _PATH _HOST_PATH _XDG_DATA_DIRS
nixWarnLog "final path: $PATH"
nixWarnLog "final host path: $HOST_PATH"
nixWarnLog "final data dirs: $XDG_DATA_DIRS"

: "${NIX_BUILD_CORES:=1}"
if ((NIX_BUILD_CORES < 1)); then NIX_BUILD_CORES=$(nproc); fi
export NIX_BUILD_CORES

# Only nix-shell uses the machine's certificates.
if [[ ${IN_NIX_SHELL-} != impure ]]; then
  export NIX_SSL_CERT_FILE=${NIX_SSL_CERT_FILE:-/no-cert-file.crt}
  export SSL_CERT_FILE=${SSL_CERT_FILE:-/no-cert-file.crt}
fi
