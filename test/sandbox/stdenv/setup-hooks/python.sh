
addPythonPath() {
  addToSearchPathWithCustomDelimiter : PYTHONPATH "$1/lib/python3/dist-packages"
}
# shellcheck disable=SC2154
addEnvHooks "$hostOffset" addPythonPath

# Does not depend on when the sources were written.
export PYTHONHASHSEED=0
