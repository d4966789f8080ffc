# shellcheck shell=bash
# shellcheck disable=SC2154
# versionCheckHook, which looks for the version in a program's output.
versionCheckHook() {
  runHook preVersionCheck
  "${versionCheckProgram:-${!outputBin}/bin/$NIX_MAIN_PROGRAM}" "${versionCheckProgramArg:---version}" | grep -F "$version"
  runHook postVersionCheck
}

if [[ -z ${dontVersionCheck-} ]]; then preInstallCheckHooks+=(versionCheckHook); fi
