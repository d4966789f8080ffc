# perlPackages.buildPerlPackage.
final:
{ find, programs }:

let
  folder = find [
    "perl/buildPerlPackage.nix"
    "by-name/pe/perl/perl-modules/generic"
  ];
  perl = programs "perl" [ "/usr/bin/perl" ] {
    setupHooks = [ (find [ "pkgs-many/perl/setup-hook.sh" "by-name/pe/perl/setup-hook.sh" ]) ];
    passthru.meta.platforms = final.lib.platforms.all;
  };
in
{
  inherit perl;
  perlPackages = {
    inherit perl;
    buildPerlPackage = final.callPackage folder {
      inherit perl;
      toPerlModule = package: package;
    };
  };
}
