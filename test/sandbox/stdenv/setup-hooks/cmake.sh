# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# cmakeConfigurePhase, which replaces configurePhase.

_cmakeFolders() {
  prependToVar cmakeFlags "-DCMAKE_INSTALL_BINDIR=${!outputBin}/bin" "-DCMAKE_INSTALL_SBINDIR=${!outputBin}/sbin" \
    "-DCMAKE_INSTALL_INCLUDEDIR=${!outputInclude}/include" "-DCMAKE_INSTALL_LIBDIR=${!outputLib}/lib" \
    "-DCMAKE_INSTALL_LIBEXECDIR=${!outputLib}/libexec" "-DCMAKE_INSTALL_MANDIR=${!outputMan}/share/man" \
    "-DCMAKE_INSTALL_DOCDIR=${!outputDoc}/share/doc/${pname:-$name}"
}

cmakeConfigurePhase() {
  runHook preConfigure
  : "${cmakeBuildDir:=build}" "${cmakeDir:=..}"
  mkdir -p "$cmakeBuildDir"
  cd "$cmakeBuildDir" || return
  _cmakeFolders
  prependToVar cmakeFlags "-DCMAKE_INSTALL_PREFIX=$prefix" "-DCMAKE_BUILD_TYPE=${cmakeBuildType:-Release}" \
    "-DCMAKE_C_COMPILER=$CC" "-DCMAKE_CXX_COMPILER=$CXX" -DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON
  if [[ -z ${doCheck-} ]]; then prependToVar cmakeFlags -DBUILD_TESTING=OFF; fi
  if [[ ${buildPhase-} == ninjaBuildPhase ]]; then prependToVar cmakeFlags -GNinja; fi
  local -a flags=()
  concatTo flags cmakeFlags cmakeFlagsArray
  echoCmd 'cmake flags' "${flags[@]}"
  cmake "$cmakeDir" "${flags[@]}"
  : "${enableParallelBuilding=1}"
  runHook postConfigure
}

if [[ -z ${configurePhase-} ]]; then
  setOutputFlags=
  configurePhase=cmakeConfigurePhase
fi
