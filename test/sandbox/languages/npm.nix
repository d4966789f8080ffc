# A program for Node with a build script and tests.
{ pkgs, src }:

{
  build = pkgs.buildNpmPackage;

  attributes = {
    pname = "words";
    version = "1.0.0";
    inherit src;
    npmDeps = src;
    npmFlags = [ "--offline" "--no-audit" "--no-fund" ];
    nativeBuildInputs = [ pkgs.installShellFiles ];
    checkPhase = ''
      runHook preCheck
      npm test
      runHook postCheck
    '';
    doCheck = true;
    meta.mainProgram = "words";
    env.LAUNCHER = "/tmp/phasecache-count/launcher";
  };
}
