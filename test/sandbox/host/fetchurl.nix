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

  # Nix compares other hashes than sha256 only with what a derivation makes.
  copy = derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/bash";
    args = [
      "-c"
      "/usr/bin/cp ${path} $out\n:"
    ];
    outputHash = hash;
    outputHashMode = "flat";
  };
in
{
  inherit name urls url meta;
  outPath =
    if tarballs == null then
      throw "fetchurl: no folder of tarballs was given, so ${url} can't be had"
    else if !builtins.pathExists path then
      throw "fetchurl: ${toString path} does not exist; it would be ${url}"
    else if builtins.match "sha512-.*" hash != null then
      copy.outPath
    else
      builtins.path {
        inherit name path;
        recursive = false;
        sha256 = hash;
      };
}
