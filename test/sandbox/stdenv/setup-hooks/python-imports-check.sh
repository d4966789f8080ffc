# shellcheck shell=bash
# shellcheck disable=SC2154
# pythonImportsCheckPhase, which imports modules of the installed package.
pythonImportsCheckPhase() {
  # shellcheck disable=SC2048,SC2086
  (cd "$out" && PYTHONPATH="$out/@sitePackages@:${PYTHONPATH-}" python3 -c \
    'import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]' ${pythonImportsCheck[*]-})
}

if [[ -z ${dontUsePythonImportsCheck-} ]]; then appendToVar preDistPhases pythonImportsCheckPhase; fi
