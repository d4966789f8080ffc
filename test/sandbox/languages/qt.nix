# A C program that Qt's hook wraps.
{ pkgs, src }:

{
  build = pkgs.stdenv.mkDerivation;

  attributes = {
    pname = "program";
    version = "1.0";
    inherit src;
    makeFlags = [ "PREFIX=${placeholder "out"}" ];
    nativeBuildInputs = [ pkgs.wrapQtAppsHook pkgs.installShellFiles ];
    buildInputs = [ pkgs.qtbase ];
    doCheck = true;
    meta.mainProgram = "program";
    qtWrapperArgs = [ "--set PROGRAM 1" ];
  };
}
