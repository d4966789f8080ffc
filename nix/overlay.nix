# Adds phasecache (the command and the runtime) and phaseCacheHook, built from the package set that it is applied to.
# `nix flake check` wants the arguments to be called so.
final: prev: {
  phasecache = final.callPackage ./package.nix { };
  phaseCacheHook = final.callPackage ./hook.nix { };
}
