# cargo.
{
  lib,
  stdenv,
  fetchurl,
  cargo,
  rustc,
  phaseCacheHook,
}:

stdenv.mkDerivation (finalAttrs: {
  pname = "fnv";
  version = "1.0.7";

  src = fetchurl {
    name = "fnv-${finalAttrs.version}.tar.gz";
    url = "https://static.crates.io/crates/fnv/fnv-${finalAttrs.version}.crate";
    hash = "sha256-P57skY0/JAad7LmvFVTK18iA4tokqa/YisoABTGrgsE=";
  };

  nativeBuildInputs = [
    cargo
    rustc
    phaseCacheHook
  ];

  # cargo has to keep its files in the build directory, which phasecache saves.
  preConfigure = "export CARGO_HOME=$NIX_BUILD_TOP/cargo";

  buildPhase = ''
    runHook preBuild
    cargo build --release --offline -j "$NIX_BUILD_CORES"
    runHook postBuild
  '';

  checkPhase = ''
    runHook preCheck
    cargo test --release --offline -j "$NIX_BUILD_CORES"
    runHook postCheck
  '';

  installPhase = ''
    runHook preInstall
    install -D -m 644 target/release/libfnv.rlib -t "$out/lib"
    runHook postInstall
  '';

  meta = {
    description = "Hashes short keys fast";
    license = lib.licenses.mit;
  };
})
