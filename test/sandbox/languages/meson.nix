# A library in C that meson and ninja build.
{ pkgs, src }:

{
  build = pkgs.stdenv.mkDerivation;

  attributes = {
    pname = "fribidi";
    version = "1.0.8";
    inherit src;
    nativeBuildInputs = [ pkgs.meson pkgs.ninja pkgs.installShellFiles ];
    mesonFlags = [ "-Ddocs=false" ];
    preConfigure = "export CC='/tmp/phasecache-count/launcher gcc'";
    doCheck = true;
  };
}
