# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# mesonConfigurePhase, mesonCheckPhase and mesonInstallPhase, which replace the default phases.

_mesonFolders() {
  prependToVar mesonFlags "--bindir=${!outputBin}/bin" "--sbindir=${!outputBin}/sbin" \
    "--includedir=${!outputInclude}/include" "--libdir=${!outputLib}/lib" \
    "--libexecdir=${!outputLib}/libexec" "--mandir=${!outputMan}/share/man"
}

mesonConfigurePhase() {
  runHook preConfigure
  _mesonFolders
  prependToVar mesonFlags "--prefix=$prefix" "--buildtype=${mesonBuildType:-plain}" -Dwrap_mode=nodownload
  local -a flags=()
  concatTo flags mesonFlags mesonFlagsArray
  echoCmd 'meson flags' "${flags[@]}"
  meson setup build "${flags[@]}"
  cd build || return
  if [[ $checkPhase == ninjaCheckPhase ]]; then checkPhase=mesonCheckPhase; fi
  if [[ $installPhase == ninjaInstallPhase ]]; then installPhase=mesonInstallPhase; fi
  runHook postConfigure
}

mesonCheckPhase() {
  runHook preCheck
  local -a flags=()
  concatTo flags mesonCheckFlags mesonCheckFlagsArray
  meson test --no-rebuild "${flags[@]}"
  runHook postCheck
}

mesonInstallPhase() {
  runHook preInstall
  local -a flags=()
  concatTo flags mesonInstallFlags mesonInstallFlagsArray
  meson install --no-rebuild "${flags[@]}"
  runHook postInstall
}

if [[ -z ${configurePhase-} ]]; then
  setOutputFlags=
  configurePhase=mesonConfigurePhase
fi
