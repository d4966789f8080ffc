# Derivations whose build fails if phaseCacheHook does not work. They create their own store, so they need no setup of the
# machine.
{
  lib,
  makeSetupHook,
  phaseCacheHook,
  phasecache,
  stdenv,
}:

let
  # Creates the store before the first phase: empty, or a copy of `seed`.
  storeHook = makeSetupHook { name = "phase-cache-test-store"; } (
    builtins.toFile "test-store.sh" ''
      rm -rf "$phaseCacheDir"
      mkdir -p "$phaseCacheDir"
      if [[ -n $seed ]]; then cp -r "$seed/." "$phaseCacheDir"; fi
      chmod -R u+w "$phaseCacheDir"
    ''
  );

  sample =
    name: attributes:
    stdenv.mkDerivation (
      {
        pname = "phase-cache-hook-test";
        version = "1";
        nativeBuildInputs = [
          storeHook
          phaseCacheHook
        ];
        phaseCacheDir = "/tmp/phase-cache-hook-test-${name}";
        phaseCacheStrict = true;
        # The origin of the store must not be part of a key.
        phaseCacheIgnore = [ "seed" ];
        seed = "";
        dontUnpack = true;
        buildPhase = ''
          if [[ -n $seed ]]; then
            echo "buildPhase ran although a snapshot of it exists"
            exit 1
          fi
          greeting=hello
          echo "$greeting from $out" > built
        '';
        installPhase = "mkdir $out; cp built $out/";
        doDist = true;
      }
      // attributes
    );

  # $out/store is the store, with a snapshot of each phase before distPhase.
  saves = sample "saves" {
    distPhase = ''
      for phase in buildPhase installPhase fixupPhase; do
        if [[ $(${phasecache}/bin/phasecache --store "$phaseCacheDir" ls --phase "$phase" --no-headers | wc -l) != 1 ]]; then
          echo "no snapshot of $phase"
          exit 1
        fi
      done
      mkdir $out/store
      cp -r "$phaseCacheDir/." $out/store
    '';
  };
in
{
  inherit saves;

  # The edited package is restored through buildPhase: files, relocated to the new output path, and variables.
  restores = sample "restores" {
    seed = "${saves}/store";
    installPhase = ''
      mkdir $out
      cp built $out/edited
    '';
    distPhase = ''
      [[ $greeting == hello ]]
      [[ $(<$out/edited) == "hello from $out" ]]
    '';
  };

  # Without a store, the package builds as without the hook.
  withoutStore = sample "without-store" {
    nativeBuildInputs = [ phaseCacheHook ];
    phaseCacheDir = "/nonexistent";
    phaseCacheStrict = false;
    distPhase = ''
      [[ $(<$out/built) == "hello from $out" ]]
    '';
  };
}
