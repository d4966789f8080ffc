# A library in C++ that CMake and ninja build.
{ pkgs, src }:

{
  build = pkgs.stdenv.mkDerivation;

  attributes = {
    pname = "tinyxml2";
    version = "9.0.0";
    inherit src;
    nativeBuildInputs = [
      pkgs.cmake
      pkgs.ninja
      pkgs.installShellFiles
    ];
    cmakeFlags = [
      "-DCMAKE_CXX_COMPILER_LAUNCHER=/tmp/phasecache-count/launcher"
      "-DBUILD_SHARED_LIBS=ON"
    ];
    doCheck = true;
  };
}
