# go.
{
  lib,
  stdenv,
  fetchurl,
  go,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "toml";
  version = "1.2.0";

  src = fetchurl {
    url = "https://deb.debian.org/debian/pool/main/g/golang-toml/golang-toml_${finalAttrs.version}.orig.tar.xz";
    hash = "sha256-bSxN8/r6hbbRQ38ZY9zYpy5JzRZ+1G/pULMJyhPtO1A=";
  };

  nativeBuildInputs = [
    go
    phaseCacheHook
  ];

  env.CGO_ENABLED = "0";

  # go has to keep its cache in the build directory, which phasecache saves.
  preConfigure = ''
    export GOCACHE=$NIX_BUILD_TOP/go-cache GOPATH=$NIX_BUILD_TOP/go GOPROXY=off
    export GOFLAGS="-trimpath -p=$NIX_BUILD_CORES"
  '';

  buildPhase = ''
    runHook preBuild
    go install ./cmd/tomlv
    runHook postBuild
  '';

  checkPhase = ''
    runHook preCheck
    go test ./internal/...
    runHook postCheck
  '';

  installPhase = ''
    runHook preInstall
    install -D "$GOPATH/bin/tomlv" -t "$out/bin"
    runHook postInstall
  '';

  meta = {
    description = "Validates TOML files";
    license = lib.licenses.mit;
  };
})
