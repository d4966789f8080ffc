# shellcheck shell=bash
# shellcheck disable=SC2154
# Adds the modules of inputs to Python's search path.
addPythonPath() {
  addToSearchPathWithCustomDelimiter : PYTHONPATH "$1/lib/python3/dist-packages"
}
addEnvHooks "$hostOffset" addPythonPath

export PYTHONHASHSEED=0
