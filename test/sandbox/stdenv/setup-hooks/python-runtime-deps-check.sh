# shellcheck shell=bash
# pythonRuntimeDepsCheckHook, a phase between buildPhase and installPhase.
pythonRuntimeDepsCheckHook() {
  echo "checking the dependencies of" dist/*.whl
}

if [[ -z ${dontCheckRuntimeDeps-} ]]; then appendToVar preInstallPhases pythonRuntimeDepsCheckHook; fi
