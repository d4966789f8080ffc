# A library in C that CMake and ninja build.
{ pkgs, src }:

{
  build = pkgs.stdenv.mkDerivation;

  attributes = {
    pname = "jansson";
    version = "2.14";
    inherit src;
    nativeBuildInputs = [ pkgs.cmake pkgs.ninja pkgs.installShellFiles ];
    cmakeFlags = [
      "-DCMAKE_C_COMPILER_LAUNCHER=/tmp/phasecache-count/launcher"
      "-DJANSSON_BUILD_DOCS=OFF"
      "-DJANSSON_BUILD_SHARED_LIBS=ON"
    ];
    doCheck = true;
  };
}
