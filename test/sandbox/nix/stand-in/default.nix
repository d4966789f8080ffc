# The part of nixpkgs that phasecache's Nix files use: the small stdenv (or, with `nixpkgs`, the stdenv of that checkout)
# with its setup hooks, and an empty package for each program. Sufficient to evaluate them, not to build.
{
  system,
  nixpkgs ? null,
  overlays ? [ ],
}:

let
  placeholders =
    final: prev:
    builtins.listToAttrs (
      map
        (name: {
          inherit name;
          value = final.stdenv.mkDerivation { inherit name; };
        })
        [
          "bzip2"
          "findutils"
          "gnutar"
          "nodejs"
          "nodejs-slim"
          "python3"
          "shellcheck"
          "shfmt"
          "xz"
        ]
    )
    // {
      mkShell = prev.mkShell or (attributes: final.stdenv.mkDerivation ({ name = "shell"; } // removeAttrs attributes [ "packages" ]));
    };

  # A fixed-output derivation, as in nixpkgs. It is never built.
  fetchurl =
    {
      url ? builtins.head urls,
      urls ? [ url ],
      hash ? sha256,
      sha256 ? "",
      ...
    }:
    derivation {
      name = baseNameOf url;
      system = "builtin";
      builder = "builtin:fetchurl";
      inherit url;
      outputHash = hash;
      outputHashMode = "flat";
      outputHashAlgo = if builtins.match ".*-.*" hash == null then "sha256" else null;
    };

  small = import ../../stdenv {
    inherit system fetchurl;
    overlays = [ placeholders ] ++ overlays;
  };
in
if nixpkgs == null then
  small
  // {
    extend =
      overlay:
      import ./. {
        inherit system;
        overlays = overlays ++ [ overlay ];
      };
  }
else
  import ../../host/nixpkgs.nix {
    inherit system nixpkgs fetchurl;
    overlays = [ placeholders ] ++ overlays;
  }
