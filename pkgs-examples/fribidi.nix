# meson.
{
  lib,
  stdenv,
  fetchurl,
  meson,
  ninja,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "fribidi";
  version = "1.0.8";

  src = fetchurl {
    url = "https://github.com/fribidi/fribidi/releases/download/v${finalAttrs.version}/fribidi-${finalAttrs.version}.tar.bz2";
    hash = "sha256-lMe2jYatKpYTtNz/57vrA1I9Y7WzeRi98uTvNBlcHmw=";
  };

  nativeBuildInputs = [
    meson
    ninja
    phaseCacheHook
  ];

  mesonFlags = [ "-Ddocs=false" ];

  meta = {
    description = "Orders text that runs from right to left";
    license = lib.licenses.lgpl21Plus;
  };
})
