# The setup hook. It refers to the programs that it runs by store path, so that it adds nothing to the build's PATH or
# environment.
{
  lib,
  makeSetupHook,
  nodejs-slim,
  phaseCacheHook,
  phasecache,
  stdenv,
}:

makeSetupHook {
  name = "phase-cache-hook";
  substitutions = {
    node = "${nodejs-slim}/bin/node";
    runtime = "${phasecache}/lib/phasecache";
  };
  passthru.tests = import ./tests.nix {
    inherit
      lib
      makeSetupHook
      phaseCacheHook
      phasecache
      stdenv
      ;
  };
  meta = {
    description = "Setup hook that makes every stdenv phase a checkpoint";
    license = lib.licenses.mit;
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
  };
} ../hooks/phase-cache-hook.sh
