# A Go program with tests.
{ pkgs, src }:

{
  build = pkgs.buildGoModule;

  attributes = {
    pname = "words";
    version = "1.0.0";
    inherit src;
    vendorHash = null;
    subPackages = [
      "."
      "cmd/words"
    ];
    preConfigure = "GOFLAGS+=' -toolexec=/tmp/phasecache-count/launcher'";
    nativeBuildInputs = [ pkgs.installShellFiles ];
    meta.mainProgram = "words";
  };
}
