# buildGoModule.
final:
{ find, programs }:

let
  go = programs "go" [ ] {
    passthru = {
      inherit (final.stdenv.hostPlatform.go) GOOS GOARCH;
      CGO_ENABLED = 0;
      meta = { };
    };
  };
in
{
  inherit go;
  buildGoModule = final.callPackage (find [ "build-support/go/module.nix" ]) {
    inherit go;
    cacert = null;
    gitMinimal = null;
  };
}
