# nixpkgs as if bootstrapped from /usr: its own stdenv/generic, setup hooks and wrappers of the compiler and the linker,
# with the host's tools.
{
  nixpkgs,
  system,
  node,
  fetchurl,
  overlays,
}:

let
  checkout = import ./checkout.nix { inherit nixpkgs; };
  part = name: checkout.import (checkout.folder + "/${name}");

  prefix = "/usr";
  shell = "/bin/bash";

  # Disables nixpkgs' purity check, since this set links with the host's C library. Disables build IDs as in nixpkgs' gcc: a
  # build ID is a digest of, among others, output paths. Debian's gcc enables them.
  preHook = ''
    export NIX_ENFORCE_PURITY=
    export NIX_LDFLAGS="--build-id=none ''${NIX_LDFLAGS-}"
  '';

  makeStdenv =
    {
      config,
      localSystem,
      cc,
      overrides ? (_final: _previous: { }),
    }:
    part "stdenv/generic" {
      name = "stdenv-host";
      buildPlatform = localSystem;
      hostPlatform = localSystem;
      targetPlatform = localSystem;
      initialPath = [ prefix ];
      fetchurlBoot = fetchurl;
      inherit config shell cc preHook overrides;
    };

  # Arguments of cc-wrapper and bintools-wrapper for the host's programs.
  native =
    { lib, stdenvNoCC }:
    {
      inherit lib stdenvNoCC;
      nativeTools = true;
      nativeLibc = true;
      nativePrefix = prefix;
      runtimeShell = shell;
      expand-response-params = "";
    };

  programs = import ./programs.nix { inherit (checkout) folder; };
  languages = import ./languages { inherit checkout node; };

  stages =
    {
      lib,
      localSystem,
      config,
      overlays,
      ...
    }:
    [
      (_: rec {
        __raw = true;
        stdenv = makeStdenv {
          inherit config localSystem;
          cc = null;
        };
        stdenvNoCC = stdenv;
        cc =
          let
            common = native { inherit lib stdenvNoCC; };
            bintools = part "build-support/bintools-wrapper" (
              common
              // {
                name = "bintools-host";
                # The wrapper includes all native tools but this one.
                extraBuildCommands = ''
                  rm -f $out/bin/strip
                  printf '#!${shell}\nexec ${prefix}/bin/strip --enable-deterministic-archives "$@"\n' > $out/bin/strip
                  chmod +x $out/bin/strip
                '';
              }
            );
          in
          part "build-support/cc-wrapper" (
            common
            // {
              name = "cc-host";
              isGNU = true;
              inherit bintools;
            }
          );
      })
      (previous: {
        inherit config overlays;
        stdenv = makeStdenv {
          inherit config localSystem;
          inherit (previous) cc;
          overrides =
            final: _previous:
            {
              inherit fetchurl;
              runtimeShell = shell;
            }
            // programs final
            // languages final;
        };
      })
    ];
in
checkout.import nixpkgs {
  localSystem = { inherit system; };
  config = { };
  stdenvStages = stages;
  inherit overlays;
}
