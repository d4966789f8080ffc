# For use without flakes: `import ./default.nix { }` has phasecache, phaseCacheHook and lib.withPhaseCache. The overlay is
# nix/overlay.nix.
{
  pkgs ? import <nixpkgs> { },
}:

let
  extended = pkgs.extend (import ./nix/overlay.nix);
in
{
  inherit (extended) phasecache phaseCacheHook;
  lib.withPhaseCache = import ./nix/with-phase-cache.nix { inherit (extended) phaseCacheHook; };
}
