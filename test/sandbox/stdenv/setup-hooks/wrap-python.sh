# shellcheck shell=bash
# shellcheck disable=SC2154
# wrapPythonPrograms, which fixupPhase runs.
wrapPythonPrograms() {
  local file
  # shellcheck disable=SC2206
  local -a arguments=(${makeWrapperArgs[@]-})
  for file in "$out/bin"/*; do
    if isScript "$file" && head -n 1 "$file" | grep -q python; then
      wrapProgram "$file" --prefix PYTHONPATH : "$out/@sitePackages@" "${arguments[@]}"
    fi
  done
}
