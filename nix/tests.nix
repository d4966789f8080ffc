# Derivations whose build fails if phaseCacheHook did not act. They bring a store of their own, so they need nothing of
# the machine that builds them.
{
  lib,
  makeSetupHook,
  phaseCacheHook,
  phasecache,
  stdenv,
}:

let
  # Makes the store before the first phase: an empty one, or a copy of `seed`.
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
        # Where the store comes from, and thereby whether phases may run, must not decide any key.
        phaseCacheIgnore = [ "seed" ];
        seed = "";
        dontUnpack = true;
        buildPhase = ''
          if [[ -n $seed ]]; then
            echo "buildPhase ran although there was a snapshot of it"
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

  # $out is the store, with a snapshot of each phase that ran before.
  saves = sample "saves" {
    distPhase = ''
      for phase in buildPhase installPhase fixupPhase; do
        if [[ $(${phasecache}/bin/phasecache --store "$phaseCacheDir" ls --phase "$phase" --no-headers | wc -l) != 1 ]]; then
          echo "there is no snapshot of $phase"
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

  # The edited package is restored through buildPhase: its files, with the new output path in them, and its variables.
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

  # Without a store the build is the one that it would be without the hook.
  withoutStore = sample "without-store" {
    nativeBuildInputs = [ phaseCacheHook ];
    phaseCacheDir = "/nonexistent";
    phaseCacheStrict = false;
    distPhase = ''
      [[ $(<$out/built) == "hello from $out" ]]
    '';
  };
}
