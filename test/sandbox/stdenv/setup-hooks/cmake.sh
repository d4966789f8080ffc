# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034
# cmakeConfigurePhase, which takes configurePhase's place.

_cmakeFolders() {
  local -a pairs=(BINDIR="$outputBin/bin" SBINDIR="$outputBin/sbin" INCLUDEDIR="$outputInclude/include"
    LIBDIR="$outputLib/lib" LIBEXECDIR="$outputLib/libexec" MANDIR="$outputMan/share/man"
    DOCDIR="$outputDoc/share/doc/${pname:-$name}")
  local pair output
  for pair in "${pairs[@]}"; do
    output=${pair#*=}
    output=${output%%/*}
    prependToVar cmakeFlags "-DCMAKE_INSTALL_${pair%%=*}=${!output}/${pair#*/}"
  done
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
