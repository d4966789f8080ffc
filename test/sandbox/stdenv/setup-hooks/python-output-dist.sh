# shellcheck shell=bash
# shellcheck disable=SC2154
# pythonOutputDistPhase, which moves the wheel to an output.
pythonOutputDistPhase() {
  mv dist "$dist"
}

appendToVar preFixupPhases pythonOutputDistPhase
