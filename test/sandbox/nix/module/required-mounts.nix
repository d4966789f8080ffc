# The options of programs.nix-required-mounts that programs.phasecache sets. NixOS has them since 24.11.
{ lib, ... }:

let
  inherit (lib) mkOption types;
  mount = types.submodule {
    options.host = mkOption { type = types.str; };
    options.guest = mkOption { type = types.str; };
  };
in
{
  options.programs.nix-required-mounts = {
    enable = lib.mkEnableOption "extra paths in the sandbox for derivations that ask for them";
    allowedPatterns = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule {
          options.onFeatures = mkOption { type = types.listOf types.str; };
          options.paths = mkOption {
            type = types.listOf (
              types.oneOf [
                types.path
                mount
              ]
            );
          };
          options.unsafeFollowSymlinks = lib.mkEnableOption "mounts of what symlinks lead to";
        }
      );
    };
  };
}
