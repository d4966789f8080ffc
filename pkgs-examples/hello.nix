# autotools: configure, make, make install.
{
  lib,
  stdenv,
  fetchurl,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "hello";
  version = "2.10";

  src = fetchurl {
    url = "https://ftp.gnu.org/gnu/hello/hello-${finalAttrs.version}.tar.gz";
    hash = "sha256-MeBmE3qWJnbon2nRtlOC3pWn732RS4y5VvQepy4PUWs=";
  };

  nativeBuildInputs = [ phaseCacheHook ];

  meta = {
    description = "Greets";
    license = lib.licenses.gpl3Plus;
  };
})
