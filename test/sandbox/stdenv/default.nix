# A small package set with its own stdenv and the tools in /usr, for machines without a nixpkgs checkout. It implements the
# interface of nixpkgs' stdenv that packages and setup hooks rely on.
{
  system,
  node ? "/usr/bin/node",
  fetchurl,
  overlays,
}:

let
  lib = import ./lib.nix;
  shell = "/bin/bash";

  # A derivation without a stdenv: bash code that creates $out.
  run =
    name: code: attrs:
    derivation (
      attrs
      // {
        inherit name system;
        builder = shell;
        PATH = "/usr/bin";
        args = [
          "-euc"
          # Without the `:`, bash would exec the last command; Nix kills a builder that closes its output before it ends.
          "${code}\n:"
        ];
      }
    );

  cc = run "cc-host" ''
    mkdir -p $out/bin $out/nix-support
    cp $hook $out/nix-support/setup-hook
    for program in gcc g++ cc c++; do
      if [[ -e /usr/bin/$program ]]; then
        sed "s|@program@|/usr/bin/$program|" $wrapper > $out/bin/$program
        chmod +x $out/bin/$program
      fi
    done
  '' {
    wrapper = ./setup-hooks/cc-wrapper.sh;
    hook = ./setup-hooks/cc.sh;
  };

  makeStdenv =
    defaultNativeBuildInputs:
    let
      stdenv = run "stdenv-small" ''
        mkdir $out
        {
          printf 'export SHELL=%s\n' ${shell}
          printf 'initialPath=/usr defaultNativeBuildInputs="%s"\n' "$inputs"
          cat $parts/*.sh
        } > $out/setup
      '' {
        parts = ./setup;
        inputs = defaultNativeBuildInputs;
      };
    in
    stdenv
    // {
      inherit cc shell;
      mkDerivation = import ./make-derivation.nix {
        inherit
          lib
          system
          shell
          stdenv
          ;
      };
      hostPlatform = { inherit system; };
    };

  fixup = [
    ./setup-hooks/multiple-outputs.sh
    ./setup-hooks/fixup.sh
  ];

  base =
    final:
    let
      hook = name: script: final.makeSetupHook { inherit name; } script;
    in
    {
      inherit lib fetchurl system;
      runtimeShell = shell;
      stdenv = makeStdenv (fixup ++ [ cc ]);
      stdenvNoCC = makeStdenv fixup;
      callPackage = import ./call-package.nix final;

      runCommand =
        name: attrs: code:
        final.stdenvNoCC.mkDerivation (
          attrs
          // {
            inherit name;
            buildCommand = code;
          }
        );

      # makeSetupHook { name, propagatedBuildInputs, substitutions, … } script
      makeSetupHook =
        {
          name,
          propagatedBuildInputs ? [ ],
          propagatedNativeBuildInputs ? [ ],
          depsTargetTargetPropagated ? [ ],
          substitutions ? { },
          passthru ? { },
          meta ? { },
        }:
        script:
        final.runCommand name
          (
            substitutions
            // {
              inherit
                script
                propagatedBuildInputs
                propagatedNativeBuildInputs
                depsTargetTargetPropagated
                passthru
                meta
                ;
              strictDeps = true;
            }
          )
          ''
            mkdir -p $out/nix-support
            ${if substitutions == { } then "cp" else "substituteAll"} $script $out/nix-support/setup-hook
            recordPropagatedDependencies
          '';

      makeWrapper = hook "make-shell-wrapper-hook" ./setup-hooks/make-wrapper.sh;
      installShellFiles = hook "install-shell-files" ./setup-hooks/install-shell-files.sh;
      cmake = hook "cmake-host" ./setup-hooks/cmake.sh;
      ninja = hook "ninja-host" ./setup-hooks/ninja.sh;
      meson = hook "meson-host" ./setup-hooks/meson.sh;
    }
    // import ./languages.nix { inherit lib node; } final;
in
lib.fix (lib.composeManyExtensions overlays base)
