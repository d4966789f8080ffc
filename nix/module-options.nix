# The options of programs.phasecache, which nix/module.nix acts upon.
{ lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options.programs.phasecache = {
    enable = lib.mkEnableOption "phasecache: stdenv phases as checkpoints, for packages with phaseCacheHook";

    cacheDir = mkOption {
      # It ends up in nix.conf, in a tmpfiles rule and in shell scripts, each with quoting rules of its own.
      type = types.strMatching "/[A-Za-z0-9._/-]+";
      default = "/var/cache/phasecache";
      description = ''
        The store. Builds see it as `/var/cache/phasecache`. All directories above it must let others pass (`o+x`).
      '';
    };

    maxSize = mkOption {
      type = types.strMatching "[0-9]+([.][0-9]+)? ?([KMGT](iB)?)?";
      default = "20G";
      example = "100G";
      description = "What builds keep the store below. The least recently used snapshots go first.";
    };

    maxAge = mkOption {
      type = types.strMatching "[0-9]+([.][0-9]+)? ?(s|min|h|d|w)";
      default = "30d";
      example = "2w";
      description = "How long a snapshot stays that nothing uses.";
    };

    packages = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "hello"
        "linux_latest"
      ];
      description = ''
        Names of top-level packages that get phaseCacheHook from outside. Not those that phasecache is itself made of
        (nodejs, gnutar, findutils, xz, bzip2, python3, and what they are built with).
      '';
    };

    restrictToOptIn = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Shows the store only to builds that ask for it with `requiredSystemFeatures = [ "phase-cache" ]`, by means of
        `programs.nix-required-mounts`. The packages named in `packages` ask for it.
      '';
    };
  };
}
