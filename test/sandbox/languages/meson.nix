# A library in C that meson and ninja build.
{ pkgs, src }:

{
  build = pkgs.stdenv.mkDerivation;

  attributes = {
    pname = "words";
    version = "1.0.0";
    inherit src;
    nativeBuildInputs = [
      pkgs.meson
      pkgs.ninja
      pkgs.installShellFiles
    ];
    preConfigure = "export CC='/tmp/phasecache-count/launcher gcc'";
    doCheck = true;
  };
}
