# rustPlatform.buildRustPackage with cargo's hooks.
final:
{ find, programs }:

let
  platforms = {
    badTargetPlatforms = [ ];
    targetPlatforms = final.lib.platforms.all;
  };
  cargo = programs "cargo" [ "/usr/bin/cargo" ] { };
  rustc = programs "rustc" [ "/usr/bin/rustc" ] { passthru = platforms; };
  diffutils = programs "diffutils" [ "/usr/bin/diff" ] { };
  rust = final.callPackage (find [ "build-support/rust/lib" ]) { };
  hooks = final.callPackage (find [ "build-support/rust/hooks" ]) {
    inherit diffutils rust;
    cargo-nextest = null;
    clang = null;
  };
in
{
  inherit cargo rustc;
  rustPlatform = hooks // {
    buildRustPackage = final.callPackage (find [ "build-support/rust/build-rust-package" ]) (
      {
        inherit cargo rustc;
        inherit (hooks)
          cargoBuildHook
          cargoCheckHook
          cargoInstallHook
          cargoNextestHook
          cargoSetupHook
          ;
        cargo-auditable.meta.broken = true;
        importCargoLock = null;
        fetchCargoVendor = null;
        windows = null;
      }
    );
  };
}
