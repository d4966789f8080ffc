# Empty packages for programs of the host that packages depend on, with the setup hooks of the package set if it has any.
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

  # Removes an option that older versions of meson don't have. It only limits the output.
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
    # Some versions of nixpkgs have this hook in a package of its own; here it is part of cmake.
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
  # A program that tests may call.
  checkTool = final.runCommand "check-tool" { } "mkdir -p $out/bin; ln -s /usr/bin/true $out/bin/check-tool";
}
