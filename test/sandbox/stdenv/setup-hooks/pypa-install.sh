# shellcheck shell=bash
# shellcheck disable=SC2154
# pypaInstallPhase, which installs the wheel.
pypaInstallPhase() {
  runHook preInstall
  python3 -m installer --prefix "$out" dist/*.whl
  export PYTHONPATH="$out/@sitePackages@:${PYTHONPATH-}"
  runHook postInstall
}

if [[ -z ${dontUsePypaInstall-} && -z ${installPhase-} ]]; then installPhase=pypaInstallPhase; fi
