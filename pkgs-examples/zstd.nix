# Plain make, with the install prefix among the make flags.
{
  lib,
  stdenv,
  fetchurl,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "zstd";
  version = "1.5.7";

  src = fetchurl {
    url = "https://github.com/facebook/zstd/releases/download/v${finalAttrs.version}/zstd-${finalAttrs.version}.tar.gz";
    hash = "sha256-6zPlH0mhXgI5UM14Jcp0pKK0Pbg1SCWsJPwbfuCeb6M=";
  };

  nativeBuildInputs = [ phaseCacheHook ];

  # Only the library.
  makeFlags = [
    "-C"
    "lib"
    "PREFIX=${placeholder "out"}"
  ];
  enableParallelBuilding = true;

  meta = {
    description = "Compresses fast";
    license = lib.licenses.bsd3;
  };
})
