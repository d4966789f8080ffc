# A checkout of nixpkgs, or of a package set that is laid out without nixpkgs' `pkgs` folder.
{ nixpkgs }:

let
  # What such a set pins and would download lies beside it, in a folder named as its repository: without a network, and
  # Nix 2.8 has no fetchTree either. scopedImport hands the scope on, as `import` of the files that it reads.
  scope = {
    import = builtins.scopedImport scope;
    builtins = builtins // {
      fetchTree = { repo, ... }: dirOf nixpkgs + "/${repo}";
    };
  };
in
if builtins.pathExists (nixpkgs + "/pkgs/stdenv") then
  {
    folder = nixpkgs + "/pkgs";
    inherit import;
  }
else
  {
    folder = nixpkgs;
    inherit (scope) import;
  }
