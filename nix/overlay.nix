# Adds phasecache (the command and the runtime) and phaseCacheHook, built from the package set that it is applied to.
final: _previous: {
  phasecache = final.callPackage ./package.nix { };
  phaseCacheHook = final.callPackage ./hook.nix { };
}
