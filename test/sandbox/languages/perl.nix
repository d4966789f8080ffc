# A Perl module with an extension in C.
{ pkgs, src }:

{
  build = pkgs.perlPackages.buildPerlPackage;

  attributes = {
    pname = "Text-Iconv";
    version = "1.7";
    inherit src;
    # Without documentation of what is installed, which contains the time.
    installTargets = [ "pure_install" ];
    nativeBuildInputs = [ pkgs.installShellFiles ];
  };
}
