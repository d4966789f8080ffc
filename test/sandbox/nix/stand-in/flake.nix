# Replaces nixpkgs' flake, in a copy of test/sandbox. With --impure, uses the stdenv of the checkout in PHASECACHE_NIXPKGS.
{
  outputs =
    _:
    let
      checkout = builtins.getEnv "PHASECACHE_NIXPKGS";
      nixpkgs = if checkout == "" then null else /. + checkout;
    in
    rec {
      # nixpkgs' flake does not need a package set for lib, but only host/checkout.nix knows the path of a checkout's lib.
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
