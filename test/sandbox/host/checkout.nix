# A checkout of nixpkgs, or of a similar package set without the `pkgs` folder.
{ nixpkgs }:

let
  # Such a set pins other repositories. They are expected beside it, in folders with their repositories' names: there is no
  # network, and Nix 2.8 has no fetchTree. scopedImport replaces `import` as well, so that imported files use the same
  # scope.
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
