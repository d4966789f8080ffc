# A package set for a machine whose compilers and tools lie in /usr and which has no binary cache: `stdenv`, `lib`,
# `fetchurl`, `makeWrapper`, … and phasecache's own overlay on top.
{
  # A nixpkgs checkout, whose stdenv, setup hooks and compiler wrapper are then used; null: the small one in ./stdenv.
  nixpkgs ? null,
  # The built bundles.
  dist ? ../../dist,
  # The Node that the hook starts; the sandbox must show it.
  node ? "/usr/bin/node",
  # A folder with the tarballs that `fetchurl` would download, by their names in the URL.
  tarballs ? null,
  system ? builtins.currentSystem,
}:

let
  arguments = {
    inherit system;
    fetchurl = import ./host/fetchurl.nix { inherit tarballs; };
    overlays = [
      (import ../../nix/overlay.nix)
      (import ./host/overlay.nix { inherit dist node system; })
    ];
  };
in
if nixpkgs == null then import ./stdenv arguments else import ./host/nixpkgs.nix (arguments // { inherit nixpkgs; })
