# Overlay that adds phasecache (the command and the runtime) and phaseCacheHook. `nix flake check` requires these argument
# names.
final: prev: {
  phasecache = final.callPackage ./package.nix { };
  phaseCacheHook = final.callPackage ./hook.nix { };
}
