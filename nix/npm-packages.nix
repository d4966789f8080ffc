# node_modules as the lock file says: each package that the runtime is made of, and esbuild, which bundles it, checked
# against the integrity digest in the lock file. buildNpmPackage would need one more hash, of everything that the tests
# and linters use as well, and a lock file that names a registry in each entry.
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
    .${stdenvNoCC.hostPlatform.system} or (throw "phasecache: there is no esbuild for ${stdenvNoCC.hostPlatform.system} here");

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
  # Parents come before what lies in them, as the names are sorted.
  buildCommand = lib.concatStrings (lib.mapAttrsToList unpack used);
}
