# A package set for a machine with compilers and tools in /usr and without a binary cache: `stdenv`, `lib`, `fetchurl`,
# `makeWrapper`, …, with phasecache's overlay.
{
  # A nixpkgs checkout whose stdenv, setup hooks and compiler wrapper are used; null for the small stdenv in ./stdenv.
  nixpkgs ? null,
  # The built bundles.
  dist ? ../../dist,
  # The Node that the hook starts. It must be in the sandbox.
  node ? "/usr/bin/node",
  # A folder with the tarballs for `fetchurl`, named as in their URLs.
  tarballs ? null,
  system ? builtins.currentSystem,
}:

let
  arguments = {
    inherit system node;
    fetchurl = import ./host/fetchurl.nix { inherit tarballs; };
    overlays = [
      (import ../../nix/overlay.nix)
      (import ./host/overlay.nix { inherit dist node system; })
    ];
  };
in
if nixpkgs == null then import ./stdenv arguments else import ./host/nixpkgs.nix (arguments // { inherit nixpkgs; })
