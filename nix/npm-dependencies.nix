# node_modules as the lock file says, one fixed-output derivation. `npm ci` checks every package against the integrity
# digest in the lock file; the hash here also covers what npm itself decides. esbuild comes as a program for each system.
{
  lib,
  stdenvNoCC,
  cacert,
  nodejs,
}:

let
  inherit (stdenvNoCC.hostPlatform) system;
  targets = {
    x86_64-linux = {
      cpu = "x64";
      hash = "sha256-gk+UOgPKuyq4gPtFgeJgzHSvaLgDuOLegwi6BizB5Is=";
    };
    aarch64-linux = {
      cpu = "arm64";
      hash = "sha256-1k/ZhqS13JMvi/yqkz9TAaxGNXxBkUhrdIl6nhf20Eo=";
    };
  };
  target = targets.${system} or (throw "phasecache: no hash of the npm packages for ${system}");
in
stdenvNoCC.mkDerivation {
  name = "phasecache-npm-dependencies";
  src = lib.sourceByRegex ../. [ "package(-lock)?\\.json" ];
  nativeBuildInputs = [
    cacert
    nodejs
  ];
  # Programs in the packages keep their first lines: a fixed-output derivation may not refer to other store paths.
  dontFixup = true;
  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    npm ci --ignore-scripts --no-audit --no-fund --os=linux --cpu=${target.cpu} --libc=glibc
    # What is left differs from one npm to the next.
    rm -rf node_modules/.package-lock.json node_modules/.cache
    find node_modules -type d -empty -delete
    runHook postBuild
  '';
  installPhase = ''
    runHook preInstall
    mv node_modules $out
    runHook postInstall
  '';
  outputHashMode = "recursive";
  outputHash = target.hash;
}
