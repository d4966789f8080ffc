# A C program that GTK's hook wraps.
{ pkgs, src }:

{
  build = pkgs.stdenv.mkDerivation;

  attributes = {
    pname = "program";
    version = "1.0";
    inherit src;
    makeFlags = [ "PREFIX=${placeholder "out"}" ];
    nativeBuildInputs = [ pkgs.wrapGAppsHook3 pkgs.installShellFiles ];
    buildInputs = [ pkgs.gtkLibrary ];
    doCheck = true;
    meta.mainProgram = "program";
  };
}
