# NixOS module programs.phasecache: creates the store's directory, mounts it for builds, and enforces its limits.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.programs.phasecache;
  feature = "phase-cache";
  # The path of the store inside the sandbox, whatever cacheDir is.
  guest = options.programs.phasecache.cacheDir.default;

  addHook =
    final:
    import ./with-phase-cache.nix {
      inherit (final) phaseCacheHook;
      inherit (cfg) restrictToOptIn;
    };
  wrapped =
    final: previous:
    lib.genAttrs cfg.packages (
      name:
      addHook final (
        previous.${name} or (throw "programs.phasecache.packages: no such package: ${name}")
      )
    );

  # A service that can only write to the store, with the group of the build users.
  service = description: script: more: {
    inherit description script;
    serviceConfig = more // {
      Type = "oneshot";
      Group = "nixbld";
      UMask = "0007";
      CapabilityBoundingSet = "";
      NoNewPrivileges = true;
      PrivateNetwork = true;
      PrivateTmp = true;
      ProtectHome = "read-only";
      ProtectSystem = "strict";
      ReadWritePaths = [ cfg.cacheDir ];
    };
  };
  phasecache = "${pkgs.phasecache}/bin/phasecache --store ${cfg.cacheDir}";
in
{
  imports = [ ./module-options.nix ];

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        nixpkgs.overlays = [
          (import ./overlay.nix)
          wrapped
        ];
        environment.systemPackages = [ pkgs.phasecache ];
        environment.sessionVariables.PHASECACHE_DIR = cfg.cacheDir;

        systemd.tmpfiles.rules = [ "d ${cfg.cacheDir} 2770 root nixbld -" ];
        systemd.services.phasecache-config =
          service "Settings of the phasecache store" ''
            ${phasecache} config maxSize ${lib.escapeShellArg cfg.maxSize}
            ${phasecache} config maxAge ${lib.escapeShellArg cfg.maxAge}
          '' { RemainAfterExit = true; }
          // {
            wantedBy = [ "multi-user.target" ];
          };
        systemd.services.phasecache-gc =
          service "Deletion of stale phasecache snapshots" "${phasecache} gc" { }
          // {
            after = [ "phasecache-config.service" ];
          };
        systemd.timers.phasecache-gc = {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = "daily";
            Persistent = true;
            RandomizedDelaySec = "1h";
          };
        };

        warnings = lib.optional (config.nix.settings.auto-allocate-uids or false) (
          "programs.phasecache: with nix.settings.auto-allocate-uids every build has its own group and cannot write to"
          + " the store; packages are built without the cache"
        );
      }

      (lib.mkIf (!cfg.restrictToOptIn) {
        # The question mark makes the directory optional.
        nix.settings.extra-sandbox-paths = [
          (if cfg.cacheDir == guest then "${guest}?" else "${guest}=${cfg.cacheDir}?")
        ];
      })

      (
        # An option that an older NixOS does not have must not occur in the configuration at all.
        if options.programs ? nix-required-mounts then
          lib.mkIf cfg.restrictToOptIn {
            programs.nix-required-mounts.enable = true;
            programs.nix-required-mounts.allowedPatterns.${feature} = {
              onFeatures = [ feature ];
              paths = [
                {
                  host = cfg.cacheDir;
                  inherit guest;
                }
              ];
            };
            # Not system-features, which would replace the default ones.
            nix.settings.extra-system-features = [ feature ];
          }
        else
          {
            assertions = [
              {
                assertion = !cfg.restrictToOptIn;
                message = "programs.phasecache.restrictToOptIn needs programs.nix-required-mounts: use NixOS 24.11 or newer";
              }
            ];
          }
      )
    ]
  );
}
