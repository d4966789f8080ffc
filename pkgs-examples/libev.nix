# Several outputs, structured attributes, libtool.
{
  lib,
  stdenv,
  fetchurl,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "libev";
  version = "4.33";
  __structuredAttrs = true;

  src = fetchurl {
    url = "https://dist.schmorp.de/libev/Attic/libev-${finalAttrs.version}.tar.gz";
    hash = "sha256-UH63uNEBX77FuTXzTr7RW/NGvtBKEauCuO7oSMQgWuo=";
  };

  outputs = [
    "out"
    "dev"
    "man"
  ];

  nativeBuildInputs = [ phaseCacheHook ];

  env.CFLAGS = "-O2 -DEV_API_STATIC=0";

  meta = {
    description = "Waits for events";
    license = lib.licenses.bsd2;
  };
})
