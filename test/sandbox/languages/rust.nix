# A Rust program with a vendored dependency and tests.
{ pkgs, src }:

let
  fnv = pkgs.fetchurl {
    name = "fnv-1.0.7.tar.gz";
    url = "https://static.crates.io/crates/fnv/fnv-1.0.7.crate";
    hash = "sha256-P57skY0/JAad7LmvFVTK18iA4tokqa/YisoABTGrgsE=";
  };
in
{
  build = pkgs.rustPlatform.buildRustPackage;

  attributes = {
    pname = "digest";
    version = "1.0.0";
    inherit src;
    cargoDeps = pkgs.runCommand "digest-vendor" { } ''
      mkdir $out
      tar -C $out -xf ${fnv}
      printf '{"files":{},"package":"%s"}' \
        "$(sed -n 's/^checksum = "\(.*\)"/\1/p' ${src}/Cargo.lock)" > $out/fnv-1.0.7/.cargo-checksum.json
      cp ${src}/Cargo.lock $out/
    '';
    nativeBuildInputs = [ pkgs.installShellFiles ];
    meta.mainProgram = "digest";
    env.RUSTC_WRAPPER = "/tmp/phasecache-count/launcher";
  };
}
