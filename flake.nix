{
  description = "Checkpoints for Nix builds: saves each stdenv phase and restores it if its inputs have not changed";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAll =
        function:
        nixpkgs.lib.genAttrs systems (
          system: function (nixpkgs.legacyPackages.${system}.extend self.overlays.default)
        );
    in
    {
      overlays.default = import ./nix/overlay.nix;

      nixosModules.default.imports = [ ./nix/module.nix ];

      # Adds the hook to a package.
      lib.withPhaseCache =
        drv:
        import ./nix/with-phase-cache.nix { inherit (self.packages.${drv.system}) phaseCacheHook; } drv;

      packages = forAll (pkgs: {
        inherit (pkgs) phasecache phaseCacheHook;
        default = pkgs.phasecache;
      });

      checks = forAll (pkgs: { inherit (pkgs) phasecache; } // pkgs.phaseCacheHook.tests);

      apps = forAll (pkgs: {
        default = {
          type = "app";
          program = "${pkgs.phasecache}/bin/phasecache";
        };
      });

      devShells = forAll (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.nodejs
            pkgs.shellcheck
            pkgs.shfmt
          ];
        };
      });
    };
}
