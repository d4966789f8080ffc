# `fetchurl` without a network: takes a package's own URL and hash, finds the tarball by its name in a folder, and has
# Nix compare the hash.
{ tarballs }:

{
  url ? builtins.head urls,
  urls ? [ url ],
  name ? baseNameOf url,
  hash ? sha256,
  sha256 ? throw "fetchurl: ${url} has no hash",
  meta ? { },
}:

let
  path = tarballs + "/${baseNameOf url}";
in
{
  inherit name urls url meta;
  outPath =
    if tarballs == null then
      throw "fetchurl: no folder of tarballs was given, so ${url} can't be had"
    else if !builtins.pathExists path then
      throw "fetchurl: ${toString path} does not exist; it would be ${url}"
    else
      builtins.path {
        inherit name path;
        recursive = false;
        sha256 = hash;
      };
}
