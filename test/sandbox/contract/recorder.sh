# shellcheck shell=bash
# A setup hook that records what a stdenv does, and when.
note() {
  printf '%s\n' "$*" >>"$NIX_BUILD_TOP/record"
}
noteKnown() {
  local name
  for name in "$@"; do
    if declare -F "$name" >/dev/null; then note "  $name is defined"; else note "  $name is not defined"; fi
  done
}
noteFunction() {
  note "  called with $*"
}

note "setup hook sourced in ${FUNCNAME[1]:+a function}"
noteKnown runHook runOneHook _eval runPhase genericBuild
note "  options $- $(shopt -p inherit_errexit nullglob | tr '\n' ' ')$(set -o | grep pipefail | tr -s '\t ' ' ')"

postHooks+=('note postHooks' noteAfter)
noteAfter() {
  noteKnown runPhase genericBuild exitHandler
}
for point in preUnpack postUnpack prePatch postPatch preConfigure postConfigure preBuild postBuild preCheck \
  postCheck preInstall postInstall preFixup postFixup preInstallCheck postInstallCheck; do
  declare -n hooks="${point}Hooks"
  hooks+=("note ${point}Hooks in \$curPhase")
done
unset -n hooks
unset point
