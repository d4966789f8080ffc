# The runtime and the command: two bundles, the binding of zstd-napi compiled from the sources in its npm package, and
# the paths of the programs that the runtime starts.
{
  lib,
  stdenv,
  bzip2,
  callPackage,
  findutils,
  gnutar,
  installShellFiles,
  makeWrapper,
  nodejs,
  nodejs-slim ? nodejs,
  python3,
  xz,
  npmPackages ? callPackage ./npm-packages.nix { },
}:

stdenv.mkDerivation {
  pname = "phasecache";
  inherit (lib.importJSON ../package.json) version;
  src = lib.sourceByRegex ../. [
    "package\\.json"
    "code-cache\\.mjs"
    "esbuild\\.config\\.mjs"
    "docs"
    "docs/phasecache\\.1"
    "hooks(/.*)?"
    "nix(/((targets|with-phase-cache)\\.nix|pre-build-hook\\.sh))?"
    "runtime(/.*)?"
  ];
  nativeBuildInputs = [
    installShellFiles
    makeWrapper
    nodejs
    python3
  ];

  buildPhase = ''
    runHook preBuild
    cp -r ${npmPackages}/node_modules node_modules
    chmod -R u+w node_modules
    export HOME=$TMPDIR
    gyp=$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js
    (cd node_modules/zstd-napi && node "$gyp" rebuild --nodedir=${lib.getDev nodejs})
    node esbuild.config.mjs
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    mkdir -p $out/lib/phasecache
    cp dist/* $out/lib/phasecache
    printf '{"tar":"%s","find":"%s","xz":"%s","bzip2":"%s"}\n' \
      ${gnutar}/bin/tar ${findutils}/bin/find ${lib.getBin xz}/bin/xz ${lib.getBin bzip2}/bin/bzip2 > $out/lib/phasecache/tools.json
    makeWrapper ${nodejs-slim}/bin/node $out/bin/phasecache --add-flags $out/lib/phasecache/phasecache.mjs
    install -D -m 755 nix/pre-build-hook.sh $out/libexec/phasecache/pre-build-hook
    runHook postInstall
  '';

  postInstall = ''
    for shell in bash fish zsh; do $out/bin/phasecache completion $shell > phasecache.$shell; done
    installShellCompletion phasecache.{bash,fish,zsh}
    if [[ -e docs/phasecache.1 ]]; then installManPage docs/phasecache.1; fi
  '';

  # Checks that the bundle starts with this Node.
  doInstallCheck = true;
  installCheckPhase = ''
    runHook preInstallCheck
    $out/bin/phasecache --version
    runHook postInstallCheck
  '';

  meta = {
    description = "Checkpoints for Nix builds: saves each stdenv phase and restores it if its inputs have not changed";
    mainProgram = "phasecache";
    license = lib.licenses.mit;
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
  };
}
