# shellcheck shell=bash
# shellcheck disable=SC2154
# A setup hook that records the platforms that it is for, and the packages that its environment hook is called for.
printf '%s\n' "@label@ for $hostOffset $targetOffset" >>"$NIX_BUILD_TOP/record"
_see@label@() {
  if [[ $1 == *-test-* ]]; then
    printf '%s\n' "@label@ sees ${1##*-} for $depHostOffset $depTargetOffset" >>"$NIX_BUILD_TOP/record"
  fi
}
addEnvHooks "$hostOffset" "_see@label@"
