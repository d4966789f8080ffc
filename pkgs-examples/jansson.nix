# CMake and ninja.
{
  lib,
  stdenv,
  fetchurl,
  cmake,
  ninja,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "jansson";
  version = "2.14";

  src = fetchurl {
    url = "https://github.com/akheron/jansson/archive/v${finalAttrs.version}/jansson-${finalAttrs.version}.tar.gz";
    hash = "sha256-xzlXi/a3ZKoHUtuaL9rc/pIcePEijH7Au0f6gExV0Xs=";
  };

  nativeBuildInputs = [
    cmake
    ninja
    phaseCacheHook
  ];

  cmakeFlags = [
    "-DJANSSON_BUILD_SHARED_LIBS=ON"
    "-DJANSSON_BUILD_DOCS=OFF"
  ];

  meta = {
    description = "Reads and writes JSON";
    license = lib.licenses.mit;
  };
})
