# buildNpmPackage.
node: final:
{ find, programs }:

let
  bin = dirOf node;
  nodejs = programs "nodejs" [ node "${bin}/npm" ] {
    passthru = {
      npmInstallHook = final.callPackage (find [ "pkgs-many/nodejs/npm-install-hook.nix" ]) { inherit nodejs; };
      meta.platforms = final.lib.platforms.all;
    };
  };
in
{
  inherit nodejs;
  buildNpmPackage = final.callPackage (find [ "pkgs-many/nodejs/build-npm-package.nix" ]) {
    inherit nodejs;
    fetchNpmDeps = null;
  };
}
