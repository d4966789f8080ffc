# Packages that packages ask for by name, but whose programs are the host's: empty ones, with nixpkgs' own setup hooks
# where there are some.
{ nixpkgs }:

final:

let
  file = names: builtins.head (builtins.filter builtins.pathExists (map (name: nixpkgs + "/pkgs/${name}") names));

  program =
    pname: hook:
    final.stdenvNoCC.mkDerivation {
      inherit pname;
      version = "host";
      dontUnpack = true;
      dontConfigure = true;
      dontBuild = true;
      installPhase = "mkdir $out";
      setupHook = hook;
    };

  plain = pname: program pname null;
in
{
  cmake = program "cmake" (file [
    "by-name/cm/cmake/setup-hook.sh"
    "development/tools/build-managers/cmake/setup-hook.sh"
  ]);
  ninja = program "ninja" (file [
    "by-name/ni/ninja/setup-hook.sh"
    "development/tools/build-managers/ninja/setup-hook.sh"
  ]);
  meson = program "meson" (file [
    "by-name/me/meson/setup-hook.sh"
    "development/tools/build-managers/meson/setup-hook.sh"
  ]);
  cargo = plain "cargo";
  rustc = plain "rustc";
  go = plain "go";
  # Debian's has the packages that are asked for.
  python3 = plain "python3" // {
    withPackages = _: plain "python3-env";
  };
}
