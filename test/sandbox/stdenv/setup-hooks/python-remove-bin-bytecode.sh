# shellcheck shell=bash
# shellcheck disable=SC2154
# pythonRemoveBinBytecodePhase, a phase after installCheckPhase.
pythonRemoveBinBytecodePhase() {
  rm -rf "$out/bin/__pycache__"
}

appendToVar preDistPhases pythonRemoveBinBytecodePhase
