# node_modules from the lock file: the dependencies of the runtime, and esbuild, which bundles it, each verified against
# the integrity digest in the lock file. buildNpmPackage would need another hash, which also covers the dependencies of
# tests and linters, and a lock file with a registry URL in each entry.
{
  lib,
  stdenvNoCC,
  fetchurl,
}:

let
  cpu =
    {
      x86_64-linux = "x64";
      aarch64-linux = "arm64";
    }
    .${stdenvNoCC.hostPlatform.system} or (throw "phasecache: esbuild is not available for ${stdenvNoCC.hostPlatform.system}");

  isUsed =
    place: entry:
    place != ""
    && (
      !(entry.dev or false)
      || builtins.elem place [
        "node_modules/esbuild"
        "node_modules/@esbuild/linux-${cpu}"
      ]
    );

  unpack =
    place: entry:
    let
      name = builtins.elemAt (builtins.match "(.*/)?node_modules/((@[^/]+/)?[^/]+)" place) 1;
      tarball = fetchurl {
        url = "https://registry.npmjs.org/${name}/-/${baseNameOf name}-${entry.version}.tgz";
        hash = entry.integrity;
      };
    in
    ''
      mkdir -p $out/${place}
      tar -xzf ${tarball} -C $out/${place} --strip-components=1 --no-same-owner
    '';

  lock = lib.importJSON ../package-lock.json;
  used = lib.filterAttrs isUsed lock.packages;
in
stdenvNoCC.mkDerivation {
  name = "phasecache-npm-packages";
  # The names are sorted, so a package is unpacked before those inside its directory.
  buildCommand = lib.concatStrings (lib.mapAttrsToList unpack used);
}
