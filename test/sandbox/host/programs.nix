# Packages that packages ask for by name, but whose programs are the host's: empty ones, with the package set's own setup
# hooks where there are some.
{ folder }:

final:

let
  filesOf = names: builtins.filter builtins.pathExists (map (name: folder + "/${name}") names);

  program =
    pname: setupHooks:
    final.stdenvNoCC.mkDerivation {
      inherit pname setupHooks;
      version = "host";
      dontUnpack = true;
      dontConfigure = true;
      dontBuild = true;
      installPhase = "mkdir $out";
    };

  plain = pname: program pname [ ];

  # An option that the host's meson may be too old for; it only shortens what is printed.
  withoutMaxLines =
    hook:
    builtins.toFile "setup-hook.sh" (
      builtins.replaceStrings [ " --max-lines=1000000" ] [ "" ] (builtins.readFile hook)
    );
in
{
  cmake = program "cmake" (filesOf [
    "by-name/cm/cmake/setup-hook.sh"
    "development/tools/build-managers/cmake/setup-hook.sh"
    "pkgs-many/cmake/setup-hook.sh"
    # Where packages have to ask for it, ours find it in cmake itself.
    "pkgs-many/cmake/configure-phase-hook.sh"
  ]);
  ninja = program "ninja" (filesOf [
    "by-name/ni/ninja/setup-hook.sh"
    "development/tools/build-managers/ninja/setup-hook.sh"
    "pkgs-many/ninja/setup-hook.sh"
  ]);
  meson = program "meson" (
    map withoutMaxLines (filesOf [
      "by-name/me/meson/setup-hook.sh"
      "development/tools/build-managers/meson/setup-hook.sh"
      "pkgs/meson/setup-hook.sh"
    ])
  );
  cargo = plain "cargo";
  rustc = plain "rustc";
  go = plain "go";
  # Debian's has the packages that are asked for.
  python3 = plain "python3" // {
    withPackages = _: plain "python3-env";
  };
}
