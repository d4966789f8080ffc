# A Go program with tests.
{ pkgs, src }:

{
  build = pkgs.buildGoModule;

  attributes = {
    pname = "toml";
    version = "1.2.0";
    inherit src;
    vendorHash = null;
    subPackages = [ "cmd/tomlv" "internal/tag" ];
    preConfigure = "GOFLAGS+=' -toolexec=/tmp/phasecache-count/launcher'";
    nativeBuildInputs = [ pkgs.installShellFiles ];
    meta.mainProgram = "tomlv";
  };
}
