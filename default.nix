# Without flakes: `import ./default.nix { }` gives phasecache and phaseCacheHook; its overlay is nix/overlay.nix.
{
  pkgs ? import <nixpkgs> { },
}:

let
  extended = pkgs.extend (import ./nix/overlay.nix);
in
{
  inherit (extended) phasecache phaseCacheHook;
}
