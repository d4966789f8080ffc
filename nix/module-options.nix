# The options of programs.phasecache, which nix/module.nix implements.
{ lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options.programs.phasecache = {
    enable = lib.mkEnableOption "phasecache: stdenv phases as checkpoints, for packages with phaseCacheHook";

    cacheDir = mkOption {
      # Used in nix.conf, in a tmpfiles rule and in shell scripts, which have different quoting rules.
      type = types.strMatching "/[A-Za-z0-9._/-]+";
      default = "/var/cache/phasecache";
      description = ''
        The directory of the store. Builds see it as `/var/cache/phasecache`. All of its parent directories must be
        searchable by others (`o+x`).
      '';
    };

    maxSize = mkOption {
      type = types.strMatching "[0-9]+([.][0-9]+)? ?([KMGT](iB)?)?";
      default = "20G";
      example = "100G";
      description = "Size limit of the store. The least recently used snapshots are deleted first.";
    };

    maxAge = mkOption {
      type = types.strMatching "[0-9]+([.][0-9]+)? ?(s|min|h|d|w)";
      default = "30d";
      example = "2w";
      description = "Snapshots that have not been used for this long are deleted.";
    };

    packages = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "hello"
        "linux_latest"
      ];
      description = ''
        Names of top-level packages to add phaseCacheHook to. Packages that phasecache itself depends on are not
        allowed (nodejs, gnutar, findutils, xz, bzip2, python3, and their build dependencies).
      '';
    };

    restrictToOptIn = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether to mount the store only for builds that request it with `requiredSystemFeatures = [ "phase-cache" ]`,
        using `programs.nix-required-mounts`. The packages listed in `packages` request it.
      '';
    };
  };
}
