# Real packages with phaseCacheHook, one per build system: `nix-build pkgs-examples -A hello`.
{
  pkgs ? import <nixpkgs> { overlays = [ (import ../nix/overlay.nix) ]; },
}:

{
  fnv = pkgs.callPackage ./fnv.nix { };
  fribidi = pkgs.callPackage ./fribidi.nix { };
  hello = pkgs.callPackage ./hello.nix { };
  jansson = pkgs.callPackage ./jansson.nix { };
  libev = pkgs.callPackage ./libev.nix { };
  markupsafe = pkgs.callPackage ./markupsafe.nix { };
  toml = pkgs.callPackage ./toml.nix { };
  zstd = pkgs.callPackage ./zstd.nix { };
}
