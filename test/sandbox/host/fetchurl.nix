# `fetchurl` without a network: finds the tarball in a folder by its name in the URL, and lets Nix check the hash.
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

  # Nix checks hashes other than sha256 only for outputs of derivations.
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
      throw "fetchurl: ${url} is not available; pass a folder as `tarballs`"
    else if !builtins.pathExists path then
      throw "fetchurl: ${toString path} (${url}) does not exist"
    else if builtins.match "sha512-.*" hash != null then
      copy.outPath
    else
      builtins.path {
        inherit name path;
        recursive = false;
        sha256 = hash;
      };
}
