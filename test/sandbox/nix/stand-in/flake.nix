# Stands in for nixpkgs' flake. Put into a copy of test/sandbox; with --impure, the stdenv is that of
# the checkout which PHASECACHE_NIXPKGS names.
{
  outputs =
    _:
    let
      checkout = builtins.getEnv "PHASECACHE_NIXPKGS";
      nixpkgs = if checkout == "" then null else /. + checkout;
    in
    rec {
      # nixpkgs' flake needs no package set for it; but where a checkout has its library, only host/checkout.nix knows.
      inherit (legacyPackages.x86_64-linux) lib;
      legacyPackages = builtins.listToAttrs (
        map
          (system: {
            name = system;
            value = import ./nix/stand-in { inherit nixpkgs system; };
          })
          [
            "x86_64-linux"
            "aarch64-linux"
          ]
      );
    };
}
